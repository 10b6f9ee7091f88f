import type { Codec } from '../xdr/codec.ts';
import { string } from '../xdr/bytes.ts';
import { bool, f64, i32, i64, u32, u64 } from '../xdr/scalars.ts';
import { XdrError } from '../xdr/xdr-error.ts';

/**
 * A value with the width that the daemon insists on: an integer of the wrong width is refused with error 8,
 * nothing is converted.
 */
export type TypedValue =
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'uint'; readonly value: number }
  | { readonly type: 'llong'; readonly value: bigint }
  | { readonly type: 'ullong'; readonly value: bigint }
  | { readonly type: 'double'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string };

/** A named value; a field may occur more than once in a list (`migrate_disks`). */
export type TypedParameter = { readonly field: string } & TypedValue;

/** Field to value; the last one counts where a field is repeated. */
export type TypedParameterMap = ReadonlyMap<string, TypedValue['value']>;

/** Longest field name libvirt accepts (`VIR_TYPED_PARAM_FIELD_LENGTH` less the NUL). */
const maxFieldBytes = 79;

/** Memory for a parameter beside its field and value. */
const parameterBytes = 48;

const field = string(maxFieldBytes);
const text = string();

export const typedParameter: Codec<TypedParameter> = {
  layout: 'tp',
  minBytes: 12,
  encode: (writer, parameter) => {
    field.encode(writer, parameter.field);
    switch (parameter.type) {
      case 'int':
        writer.i32(1);
        {
          i32.encode(writer, parameter.value);
          return;
        }
      case 'uint':
        writer.i32(2);
        {
          u32.encode(writer, parameter.value);
          return;
        }
      case 'llong':
        writer.i32(3);
        {
          i64.encode(writer, parameter.value);
          return;
        }
      case 'ullong':
        writer.i32(4);
        {
          u64.encode(writer, parameter.value);
          return;
        }
      case 'double':
        writer.i32(5);
        {
          f64.encode(writer, parameter.value);
          return;
        }
      case 'boolean':
        writer.i32(6);
        {
          bool.encode(writer, parameter.value);
          return;
        }
      case 'string':
        writer.i32(7);
        {
          text.encode(writer, parameter.value);
          return;
        }
    }
  },
  decode: (reader) => {
    reader.charge(parameterBytes);
    const name = field.decode(reader);
    const type = reader.i32();
    switch (type) {
      case 1:
        return { field: name, type: 'int', value: i32.decode(reader) };
      case 2:
        return { field: name, type: 'uint', value: u32.decode(reader) };
      case 3:
        return { field: name, type: 'llong', value: i64.decode(reader) };
      case 4:
        return { field: name, type: 'ullong', value: u64.decode(reader) };
      case 5:
        return { field: name, type: 'double', value: f64.decode(reader) };
      case 6:
        return { field: name, type: 'boolean', value: bool.decode(reader) };
      case 7:
        return { field: name, type: 'string', value: text.decode(reader) };
      default:
        throw new XdrError('invalid', `${type} is not a type of a typed parameter.`);
    }
  },
};

export const int = (value: number): TypedValue => ({ type: 'int', value });
export const uint = (value: number): TypedValue => ({ type: 'uint', value });
export const llong = (value: bigint): TypedValue => ({ type: 'llong', value });
export const ullong = (value: bigint): TypedValue => ({ type: 'ullong', value });
export const double = (value: number): TypedValue => ({ type: 'double', value });
export const boolean = (value: boolean): TypedValue => ({ type: 'boolean', value });
export const str = (value: string): TypedValue => ({ type: 'string', value });

/**
 * A parameter list from an object: an array repeats its field, `undefined` leaves the field out.
 *
 * `params({ migrate_uri: str('tcp://beta.lab'), migrate_disks: [str('vda'), str('vdb')] })`
 */
export function params(
  fields: Readonly<Record<string, TypedValue | readonly TypedValue[] | undefined>>,
): TypedParameter[] {
  const list: TypedParameter[] = [];
  for (const [name, given] of Object.entries(fields)) {
    if (given === undefined) continue;
    const values = 'type' in given ? [given] : given;
    for (const value of values) list.push({ field: name, ...value });
  }
  return list;
}

export function toParameterMap(list: readonly TypedParameter[]): TypedParameterMap {
  return new Map(list.map((parameter) => [parameter.field, parameter.value]));
}

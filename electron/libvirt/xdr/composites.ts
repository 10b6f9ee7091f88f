import type { Codec, TypeOf } from './codec.ts';
import { XdrError } from './xdr-error.ts';

/** Memory for a place in a list or object, about: lists grow in steps. */
const slotBytes = 16;

export function array<T>(element: Codec<T>, max: number): Codec<readonly T[]> {
  return {
    layout: `${element.layout}<${max}>`,
    minBytes: 4,
    encode: (writer, value) => {
      if (value.length > max) {
        throw new XdrError('range', `A list of ${value.length} elements is over the limit of ${max}.`);
      }
      writer.u32(value.length);
      for (const item of value) element.encode(writer, item);
    },
    decode: (reader) => {
      const count = reader.u32();
      if (count > max) {
        throw new XdrError('limit', `A list of ${count} elements is over the limit of ${max}.`);
      }
      reader.expect(count, element.minBytes);
      reader.charge(count * slotBytes);
      const items: T[] = [];
      for (let index = 0; index < count; index += 1) items.push(element.decode(reader));
      return items;
    },
  };
}

/** A value that may be absent: a count of 0 or 1, then the value. */
export function optional<T>(inner: Codec<T>): Codec<T | undefined> {
  return {
    layout: `${inner.layout}?`,
    minBytes: 4,
    encode: (writer, value) => {
      writer.u32(value === undefined ? 0 : 1);
      if (value !== undefined) inner.encode(writer, value);
    },
    decode: (reader) => {
      const present = reader.u32();
      if (present > 1) throw new XdrError('invalid', `An optional value announces ${present} values.`);
      return present === 1 ? inner.decode(reader) : undefined;
    },
  };
}

export type StructOf<M> = { readonly [K in keyof M]: TypeOf<M[K]> };

/** Members in the order they are written here, which is their order on the wire. */
export function struct<M extends { [K in keyof M]: Codec<TypeOf<M[K]>> }>(members: M): Codec<StructOf<M>> {
  const entries = Object.entries<Codec<unknown>>(members);
  return {
    layout: `{${entries.map(([, codec]) => codec.layout).join(',')}}`,
    minBytes: entries.reduce((sum, [, codec]) => sum + codec.minBytes, 0),
    encode: (writer, value) => {
      for (const [name, codec] of entries) codec.encode(writer, value[name as keyof M]);
    },
    decode: (reader) => {
      reader.charge((2 + entries.length) * slotBytes);
      const value: Record<string, unknown> = {};
      for (const [name, codec] of entries) value[name] = codec.decode(reader);
      return value as StructOf<M>;
    },
  };
}

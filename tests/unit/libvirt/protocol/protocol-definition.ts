import { readDefines } from './c-headers.ts';

export interface Definition {
  readonly enums: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly constants: ReadonlyMap<string, number>;
  readonly structs: ReadonlyMap<string, string>;
  readonly typedefs: ReadonlyMap<string, string>;
  readonly procedures: ReadonlyMap<string, DefinedProcedure>;
}

export interface DefinedProcedure {
  readonly number: number;
  readonly priority: 'high' | 'low';
  /** Which annotations it has; libvirt marks a stream of both directions as one that is read. */
  readonly stream: 'read' | 'write' | undefined;
}

const scalars: Readonly<Record<string, string>> = {
  int: 'i32',
  unsigned: 'u32',
  'unsigned int': 'u32',
  hyper: 'i64',
  'unsigned hyper': 'u64',
  'unsigned char': 'u8',
  'unsigned short': 'u16',
  char: 'char',
  double: 'f64',
  opaque: 'opaque',
  string: 'string',
  // A union, which the conformance test compares by itself.
  remote_typed_param: 'tp',
};

/**
 * Reads numbers and layouts from a protocol definition (`remote_protocol.x`), in the notation of our codecs.
 *
 * @param prefix of the program's procedures: `REMOTE`, `QEMU`
 * @param headers C headers with constants that the definition uses
 */
export function readProtocolDefinition(source: string, prefix: string, headers: string): Definition {
  const plain = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^%.*$/gm, '');
  const constants = new Map(readDefines(headers));
  for (const [, name = '', value = ''] of plain.matchAll(/^\s*const\s+(\w+)\s*=\s*(\w+)\s*;/gm)) {
    constants.set(name, constants.get(value) ?? Number(value));
  }
  const structs = new Map<string, string>();
  for (const [, name = '', body = ''] of plain.matchAll(/^struct (\w+) \{([\s\S]*?)^\};/gm)) {
    structs.set(name, body);
  }
  const typedefs = new Map<string, string>();
  for (const [, type = '', star = '', name = '', size = ''] of plain.matchAll(
    /^typedef\s+(\w+)\s+(\*?)(\w+)\s*([<[]\w+[>\]])?\s*;/gm,
  )) {
    typedefs.set(name, `${type} ${star}x${size}`);
  }
  const enums = new Map<string, Map<string, number>>();
  for (const [, name = '', body = ''] of plain.matchAll(/^enum (\w+) \{([\s\S]*?)^\};/gm)) {
    const members = [...body.matchAll(/(\w+)\s*=\s*(\d+)/g)];
    enums.set(name, new Map(members.map(([, member = '', value]) => [member, Number(value)])));
  }
  return { enums, constants, structs, typedefs, procedures: readProcedures(source, prefix) };
}

function readProcedures(source: string, prefix: string): Map<string, DefinedProcedure> {
  const procedures = new Map<string, DefinedProcedure>();
  const entry = new RegExp(String.raw`/\*\*((?:(?!\*/)[\s\S])*)\*/\s*${prefix}_PROC_(\w+) = (\d+)`, 'g');
  for (const [, comment = '', name = '', number] of source.matchAll(entry)) {
    const isRead = comment.includes('@readstream');
    // The one with a hand-written dispatcher on both sides carries no annotation.
    const isWritten = comment.includes('@writestream') || name.startsWith('DOMAIN_MIGRATE_PREPARE_TUNNEL');
    procedures.set(name, {
      number: Number(number),
      priority: comment.includes('@priority: high') ? 'high' : 'low',
      stream: isRead ? 'read' : isWritten ? 'write' : undefined,
    });
  }
  return procedures;
}

/** The layout of a struct, `{}` when the definition has none (a procedure without arguments or result). */
export function layoutOfStruct(definition: Definition, name: string): string {
  const lines = (definition.structs.get(name) ?? '').split(';').map((line) => line.trim());
  return `{${lines
    .filter((line) => line !== '')
    .map((line) => layoutOfMember(definition, line))
    .join(',')}}`;
}

function layoutOfMember(definition: Definition, declaration: string): string {
  const match = /^([\w ]+?)\s+(\*?)(\w+)\s*(?:([<[])(\w+)[>\]])?$/.exec(declaration);
  if (match === null) throw new Error(`"${declaration}" is not understood.`);
  const [, type = '', star, , open, size = ''] = match;
  const element = layoutOf(definition, type);
  const count = String(definition.constants.get(size) ?? Number(size));
  const sized = open === undefined ? element : open === '<' ? `${element}<${count}>` : `${element}[${count}]`;
  return star === '*' ? `${sized}?` : sized;
}

function layoutOf(definition: Definition, type: string): string {
  const scalar = scalars[type];
  if (scalar !== undefined) return scalar;
  if (definition.enums.has(type)) return 'i32';
  const typedef = definition.typedefs.get(type);
  if (typedef !== undefined) return layoutOfMember(definition, typedef);
  if (!definition.structs.has(type)) throw new Error(`The type "${type}" is not defined.`);
  return layoutOfStruct(definition, type);
}

/** Without the braces that group members only in the text: on the wire they are nothing. */
export function flatLayout(layout: string): string {
  const flat = layout.replace(/\{([^{}]*)\}(?![<?])/g, '$1');
  return flat === layout ? flat : flatLayout(flat);
}

interface Definition {
  readonly enums: ReadonlySet<string>;
  readonly constants: ReadonlyMap<string, number>;
  readonly structs: ReadonlyMap<string, string>;
  readonly optionals: ReadonlyMap<string, string>;
  readonly procedures: ReadonlyMap<string, DefinedProcedure>;
}

export interface DefinedProcedure {
  readonly number: number;
  readonly priority: 'high' | 'low';
  readonly stream: boolean;
}

/** Constants that the definition takes from C headers of libvirt. */
const fromHeaders: readonly (readonly [string, number])[] = [
  ['VIR_SECURITY_MODEL_BUFLEN', 257],
  ['VIR_SECURITY_LABEL_BUFLEN', 4097],
  ['VIR_SECURITY_DOI_BUFLEN', 257],
];

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
  remote_uuid: 'opaque[16]',
  remote_typed_param: 'tp',
};

/** Reads numbers and layouts from a protocol definition (`remote_protocol.x`), in the notation of our codecs. */
export function readProtocolDefinition(source: string): Definition {
  const procedures = new Map<string, DefinedProcedure>();
  for (const [, comment = '', name = '', number] of source.matchAll(
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*REMOTE_PROC_(\w+) = (\d+)/g,
  )) {
    procedures.set(name, {
      number: Number(number),
      priority: comment.includes('@priority: high') ? 'high' : 'low',
      // The one with a hand-written dispatcher on both sides carries no annotation.
      stream: /@(?:read|write)stream/.test(comment) || name.startsWith('DOMAIN_MIGRATE_PREPARE_TUNNEL'),
    });
  }
  const plain = source.replace(/\/\*[\s\S]*?\*\//g, '');
  const constants = new Map(fromHeaders);
  for (const [, name = '', value = ''] of plain.matchAll(/^const (\w+) = (\w+);/gm)) {
    constants.set(name, constants.get(value) ?? Number(value));
  }
  const structs = new Map<string, string>();
  for (const [, name = '', body = ''] of plain.matchAll(/^struct (\w+) \{([\s\S]*?)^\};/gm)) {
    structs.set(name, body);
  }
  const optionals = new Map<string, string>();
  for (const [, inner = '', name = ''] of plain.matchAll(/^typedef (\w+) \*(\w+);/gm))
    optionals.set(name, inner);
  const enums = new Set([...plain.matchAll(/^enum (\w+) \{/gm)].map(([, name = '']) => name));
  return { enums, constants, structs, optionals, procedures };
}

/** The layout of a struct, `{}` when the definition has none (a procedure without arguments or result). */
export function layoutOfStruct(definition: Definition, name: string): string {
  const body = definition.structs.get(name) ?? '';
  const members = [...body.matchAll(/^\s*(.+?)\s*(\*?)(\w+)(?:(<|\[)(\w+)[>\]])?;\s*$/gm)];
  return `{${members
    .map(([, type = '', star, , open, size]) => {
      const bracket =
        open === undefined
          ? ''
          : open === '<'
            ? `<${sizeOf(definition, size)}>`
            : `[${sizeOf(definition, size)}]`;
      return `${layoutOf(definition, type)}${bracket}${star === '*' ? '?' : ''}`;
    })
    .join(',')}}`;
}

function sizeOf(definition: Definition, size = ''): string {
  return String(definition.constants.get(size) ?? Number(size));
}

function layoutOf(definition: Definition, type: string): string {
  const scalar = scalars[type];
  if (scalar !== undefined) return scalar;
  if (definition.enums.has(type)) return 'i32';
  if (type === 'opaque') return 'opaque';
  if (type === 'remote_nonnull_string')
    return `string<${definition.constants.get('REMOTE_STRING_MAX') ?? NaN}>`;
  if (type === 'remote_string') return `${layoutOf(definition, 'remote_nonnull_string')}?`;
  const inner = definition.optionals.get(type);
  return inner === undefined ? layoutOfStruct(definition, type) : `${layoutOf(definition, inner)}?`;
}

/** Without the braces that group members only in the text: on the wire they are nothing. */
export function flatLayout(layout: string): string {
  const flat = layout.replace(/\{([^{}]*)\}(?![<?])/g, '$1');
  return flat === layout ? flat : flatLayout(flat);
}

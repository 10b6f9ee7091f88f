import type { Random } from '../mutation.ts';

/** Counts that stand before a list, string or block: where each is and the most it may say. */
export interface CountPlace {
  readonly offset: number;
  readonly max: number;
}

export interface LayoutBytes {
  readonly bytes: Buffer;
  readonly counts: readonly CountPlace[];
}

/**
 * Well-formed bytes for a layout in the notation of the codecs. Written from the notation alone, so that a codec
 * which reads them agrees with its own layout, and through the conformance test with libvirt's definition.
 */
export function bytesFor(layout: string, random: Random): LayoutBytes {
  const parts: Buffer[] = [];
  const counts: CountPlace[] = [];
  let length = 0;
  const put = (part: Buffer): void => {
    parts.push(part);
    length += part.length;
  };
  const u32 = (value: number): void => {
    const word = Buffer.alloc(4);
    word.writeUInt32BE(value >>> 0);
    put(word);
  };
  const noise = (size: number): Buffer => Buffer.from(Array.from({ length: size }, () => random(256)));
  const padded = (bytes: Buffer): void => {
    put(bytes);
    put(Buffer.alloc((4 - (bytes.length % 4)) % 4));
  };
  const count = (value: number, max: number): void => {
    counts.push({ offset: length, max });
    u32(value);
  };
  const text = (max: number): void => {
    const letters = Buffer.from(['', 'vda', 'migrate_disks', 'Gäste'][random(4)] ?? '').subarray(0, max);
    count(letters.length, max);
    padded(letters);
  };
  const parameter = (): void => {
    text(79);
    const type = 1 + random(7);
    u32(type);
    if (type === 7) text(4_194_304);
    else if (type === 6) u32(random(2));
    else put(noise(type <= 2 ? 4 : 8));
  };

  const scalar = (type: string): void => {
    if (type === 'tp') parameter();
    else if (type === 'u8') u32(random(256));
    else if (type === 'u16') u32(random(65_536));
    else if (type === 'char') u32(random(256) - 128);
    else if (type === 'i32' || type === 'u32') put(noise(4));
    else if (type === 'i64' || type === 'u64' || type === 'f64') put(noise(8));
    else throw new Error(`"${type}" is no type of a layout.`);
  };
  const sized = (element: string, size: number, isFixed: boolean): void => {
    if (element === 'string') {
      text(size);
      return;
    }
    const used = isFixed ? size : random(Math.min(size, 4) + 1);
    if (!isFixed) count(used, size);
    if (element === 'opaque') padded(noise(used));
    else for (let index = 0; index < used; index += 1) write(element);
  };
  const write = (item: string): void => {
    const [, element, bracket, size] = /^(.*)([<[])(\d+)[\]>]$/.exec(item) ?? [];
    if (element !== undefined) {
      sized(element, Number(size), bracket === '[');
    } else if (item.endsWith('?')) {
      const present = random(2);
      u32(present);
      if (present === 1) write(item.slice(0, -1));
    } else if (item.startsWith('{')) {
      for (const member of members(item)) write(member);
    } else {
      scalar(item);
    }
  };

  write(layout);
  return { bytes: Buffer.concat(parts), counts };
}

/** The members of `{a,b{c,d},e}`. */
function members(layout: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = 1;
  for (let index = 1; index < layout.length; index += 1) {
    const character = layout[index];
    if (character === '{') depth += 1;
    if ((character === ',' && depth === 0) || (character === '}' && depth === 0)) {
      if (index > start) found.push(layout.slice(start, index));
      start = index + 1;
    }
    if (character === '}') depth -= 1;
  }
  return found;
}

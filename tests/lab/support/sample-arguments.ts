import type { Codec } from '../../../electron/libvirt/xdr/codec.ts';

/** A codec that writes something of the right form for a layout, whatever it is given: one of each, and empty lists. */
export function sampleArguments(layout: string): Codec<unknown> {
  return {
    layout,
    minBytes: 0,
    encode: (writer) => writer.padded(sampleOf(layout)),
    decode: () => undefined,
  };
}

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const scalars: Readonly<Record<string, Buffer>> = {
  i64: Buffer.alloc(8),
  u64: Buffer.alloc(8),
  f64: Buffer.alloc(8),
};

function sampleOf(layout: string): Buffer {
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const [text] = pattern.exec(layout) ?? [];
    at += text?.length ?? 0;
    return text;
  };
  const one = (): Buffer => {
    let sample: Buffer;
    if (take(/\{/y) === undefined) {
      const name = take(/[a-z0-9]+/y) ?? '';
      if (name === 'string') {
        take(/<\d+>/y);
        sample = Buffer.concat([word(1), Buffer.from('x\0\0\0')]);
      } else {
        const fixed = take(/\[\d+\]/y);
        if (fixed !== undefined) sample = Buffer.alloc(Number(fixed.slice(1, -1)), 7);
        else sample = scalars[name] ?? word(0);
      }
    } else {
      const members: Buffer[] = [];
      while (take(/\}/y) === undefined) {
        members.push(one());
        take(/,/y);
      }
      sample = Buffer.concat(members);
    }
    for (let suffix = take(/\?|<\d+>/y); suffix !== undefined; suffix = take(/\?|<\d+>/y)) {
      sample = suffix === '?' ? Buffer.concat([word(1), sample]) : word(0);
    }
    return sample;
  };
  return one();
}

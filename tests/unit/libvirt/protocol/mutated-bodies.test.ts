import { describe, expect, it } from 'vitest';

import { connectionClosedEvent, domainEvents } from '../../../../electron/libvirt/protocol/events.ts';
import { wireErrorCodec } from '../../../../electron/libvirt/protocol/libvirt-error.ts';
import { procedures } from '../../../../electron/libvirt/protocol/procedures.ts';
import { headerCodec } from '../../../../electron/libvirt/rpc/header.ts';
import { decodeXdr, encodeXdr, type Codec } from '../../../../electron/libvirt/xdr/codec.ts';
import { XdrError } from '../../../../electron/libvirt/xdr/xdr-error.ts';
import { effort, mutated, seeded } from '../mutation.ts';
import { bytesFor } from './layout-bytes.ts';

const seed = 9_000_000;
const bodies = 20_000 * effort;

/** Every body that this client reads, and every one that it sends: what it can write it can read, too. */
const codecs: readonly (readonly [string, Codec<unknown>])[] = [
  ...Object.values(procedures).flatMap(({ name, args, ret }): [string, Codec<unknown>][] => [
    [`the arguments of ${name}`, args],
    [`the answer of ${name}`, ret],
  ]),
  ...Object.entries(domainEvents).map(([kind, { message }]): [string, Codec<unknown>] => [kind, message]),
  ['the closed message', connectionClosedEvent.payload],
  ['an error', wireErrorCodec],
  ['a header', headerCodec],
];
const distinct = codecs.filter(
  ([, codec], index) => codecs.findIndex(([, { layout }]) => layout === codec.layout) === index,
);

describe('the decoders of all bodies', () => {
  it.each(distinct)(
    '%s: what has its layout is read, and keeps its meaning when sent again',
    (_name, codec) => {
      // Text in a fixed field may need more room once its broken characters were replaced.
      if (codec.layout.includes('char[')) return;
      const random = seeded(seed);
      for (let round = 0; round < 5; round += 1) {
        const { bytes } = bytesFor(codec.layout, random);
        expect(bytes.length).toBeGreaterThanOrEqual(codec.minBytes);
        const value = decodeXdr(codec, bytes);
        expect(decodeXdr(codec, encodeXdr(codec, value))).toStrictEqual(value);
      }
    },
  );

  it.each(distinct)('%s: a count over its declared limit is refused for that', (_name, codec) => {
    const random = seeded(seed);
    for (let round = 0; round < 5; round += 1) {
      const { bytes, counts } = bytesFor(codec.layout, random);
      for (const { offset, max } of counts) {
        const over = Buffer.from(bytes);
        over.writeUInt32BE(max + 1, offset);
        expect(() => decodeXdr(codec, over)).toThrow(expect.objectContaining({ kind: 'limit' }) as XdrError);
        // At the limit it is believed, and then the bytes for it are missing.
        over.writeUInt32BE(max, offset);
        const missing = expect.objectContaining({ name: 'XdrError' }) as XdrError;
        if (max > bytes.length) expect(() => decodeXdr(codec, over)).toThrow(missing);
      }
    }
  });

  it(`read or refuse ${bodies} mutated bodies with the typed error (seed ${seed})`, () => {
    const random = seeded(seed);
    const kinds = new Map<string, number>();
    for (let done = 0; done < bodies; done += 1) {
      const [name, codec] = codecs[done % codecs.length] ?? ['', headerCodec];
      const body = mutated(bytesFor(codec.layout, random).bytes, random);
      const outcome = outcomeOf(codec, body);
      if (outcome.startsWith('!')) throw new Error(`${name}: ${outcome} from ${body.toString('hex')}`);
      kinds.set(outcome, (kinds.get(outcome) ?? 0) + 1);
    }
    // The search is worth its time only while it meets all of them.
    for (const kind of ['read', 'truncated', 'limit', 'invalid', 'left-over']) {
      expect(kinds.get(kind), kind).toBeGreaterThan(bodies / 500);
    }
  });
});

function outcomeOf(codec: Codec<unknown>, body: Uint8Array): string {
  try {
    decodeXdr(codec, body);
    return 'read';
  } catch (error) {
    return error instanceof XdrError && error.kind !== 'range' ? error.kind : `!${String(error)}`;
  }
}

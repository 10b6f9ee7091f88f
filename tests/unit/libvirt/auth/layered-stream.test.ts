import fc from 'fast-check';
import { expect, it } from 'vitest';

import { LayeredStream } from '../../../../electron/libvirt/auth/security-layer.ts';
import { streamPair } from '../../../fakes/stream-pair.ts';
import { framed, integrityLayers } from './layers.ts';

const nothing = new Uint8Array(0);

async function received(stream: AsyncIterable<Uint8Array>, byteCount: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  if (byteCount === 0) return '';
  for await (const bytes of stream) {
    parts.push(bytes);
    length += bytes.length;
    if (length >= byteCount) break;
  }
  return Buffer.concat(parts).toString('latin1');
}

/** A stream whose peer sends `wire` and then ends. */
function reading(wire: Uint8Array, rest: Uint8Array = nothing): LayeredStream {
  const pair = streamPair();
  const stream = new LayeredStream(pair.client);
  stream.startLayer(integrityLayers().client, rest);
  void pair.server.send(wire).then(() => pair.server.close());
  return stream;
}

function drained(stream: LayeredStream): Promise<string> {
  return received(stream, Infinity);
}

it('passes bytes as they are until a layer begins', async () => {
  const { client, server } = streamPair();
  const stream = new LayeredStream(client);
  await stream.send(Buffer.from('plain'));
  expect(await received(server, 5)).toBe('plain');
});

it('gives back what was sent, however it is cut on the way', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 60 }), {
        minLength: 1,
        maxLength: 10,
      }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 }),
      async (messages, cuts) => {
        const pair = streamPair();
        const { client, server } = integrityLayers();
        const wire = Buffer.concat(
          messages.map((message) => framed(server.wrap(Buffer.from(message, 'latin1')))),
        );
        const stream = new LayeredStream(pair.client);
        stream.startLayer(client, nothing);
        for (let at = 0, turn = 0; at < wire.length; turn += 1) {
          const end = at + (cuts[turn % cuts.length] ?? 1);
          await pair.server.send(wire.subarray(at, end));
          at = end;
        }
        const expected = messages.join('');
        expect(await received(stream, expected.length)).toBe(expected);
      },
    ),
    { numRuns: 50 },
  );
});

it('wraps what is sent in blocks that the peer takes, in the order of the calls', async () => {
  const pair = streamPair();
  const { client, server } = integrityLayers();
  const peer = new LayeredStream(pair.server);
  peer.startLayer(server, nothing);
  const stream = new LayeredStream(pair.client);
  stream.startLayer(client, nothing);
  const large = 'x'.repeat(200_000);
  void Promise.all([stream.send(Buffer.from(large)), stream.send(Buffer.from('behind'))]);
  expect(await received(peer, large.length + 6)).toBe(`${large}behind`);
});

it('unwraps what was received before the layer began but belongs to it', async () => {
  const { server } = integrityLayers();
  const wire = framed(server.wrap(Buffer.from('behind the answer')));
  const stream = reading(wire.subarray(9), wire.subarray(0, 9));
  expect(await received(stream, 17)).toBe('behind the answer');
});

it.each([
  ['a block longer than was offered', Buffer.from('00010001', 'hex'), 'the most'],
  ['an empty block', Buffer.from('00000000', 'hex'), 'a block of 0 bytes'],
  ['an end inside a block', framed(Buffer.alloc(40)).subarray(0, 20), 'in the middle of a block'],
  ['an end inside a length', Buffer.from([0, 0]), 'in the middle of a block'],
  ['a forged block', framed(Buffer.alloc(40)), 'out of order'],
  ['plain text', Buffer.from('0000001c20008086', 'hex'), 'in the middle of a block'],
])('%s ends the stream with a typed error', async (_, wire, words) => {
  await expect(drained(reading(wire))).rejects.toMatchObject({
    code: 'auth-layer-broken',
    message: expect.stringContaining(words) as string,
  });
});

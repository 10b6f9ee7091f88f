import { describe, expect, it } from 'vitest';

import { FrameDecoder } from '../../../../electron/libvirt/rpc/frame-decoder.ts';
import { ProtocolError } from '../../../../electron/libvirt/rpc/rpc-errors.ts';
import { decodeXdr, encodeXdr } from '../../../../electron/libvirt/xdr/codec.ts';
import { XdrError } from '../../../../electron/libvirt/xdr/xdr-error.ts';
import { readRecordedMessages } from '../../../fixtures/libvirt/recorded-messages.ts';

const messages = readRecordedMessages();
const numbered = messages.map((message, index) => [`${index + 1}: ${message.what}`, message] as const);

describe('the messages recorded from a daemon', () => {
  it('are of all kinds', () => {
    expect(messages.length).toBeGreaterThanOrEqual(40);
    const kinds = [
      'reply of',
      'reply error of',
      'event of',
      'stream data of',
      'stream of',
      'stream error of',
    ];
    for (const kind of [...kinds, 'ping', 'pong']) {
      expect(messages.filter(({ what }) => what.startsWith(kind))).not.toEqual([]);
    }
  });

  it.each(numbered)('%s is read whole, and written again byte for byte', (what, { codec, payload }) => {
    if (codec === undefined) return;
    // Its texts have a NUL at their end, which is not part of what they say.
    if (what.endsWith('NODE_GET_SECURITY_MODEL')) return;
    expect(Buffer.from(encodeXdr(codec, decodeXdr(codec, payload))).toString('hex')).toBe(
      Buffer.from(payload).toString('hex'),
    );
  });

  it.each(numbered)('%s is refused with a word behind it', (_what, { codec, payload }) => {
    if (codec === undefined) return;
    expect(() => decodeXdr(codec, Buffer.concat([payload, new Uint8Array(4)]))).toThrow(XdrError);
  });

  it.each(numbered)('%s is waited for at every truncation of it', (_what, { packet }) => {
    const decoder = new FrameDecoder();
    const taken: number[] = [];
    for (const [index, byte] of packet.entries()) {
      if (decoder.next() !== undefined || decoder.pendingBytes !== index) taken.push(index);
      decoder.push(Uint8Array.of(byte));
    }
    expect(taken).toEqual([]);
    expect(Buffer.from(decoder.next()?.payload ?? '')).toEqual(packet.subarray(28));
  });

  it.each(numbered)('%s is refused at every truncation of its body', (_what, { codec, payload }) => {
    if (codec === undefined) return;
    const endings = new Set<unknown>();
    for (let length = 0; length < payload.length; length += 1) {
      endings.add(kindOfRefusal(() => decodeXdr(codec, payload.subarray(0, length))));
    }
    expect([...endings].filter((kind) => kind !== 'truncated')).toEqual([]);
  });

  it('are refused when their length word says less than a header', () => {
    for (let length = 0; length < 28; length += 1) {
      const packet = Buffer.from(messages[0]?.packet ?? '');
      packet.writeUInt32BE(length, 0);
      const decoder = new FrameDecoder();
      decoder.push(packet);
      expect(() => decoder.next()).toThrow(ProtocolError);
    }
  });
});

function kindOfRefusal(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    return error instanceof XdrError ? error.kind : error;
  }
}

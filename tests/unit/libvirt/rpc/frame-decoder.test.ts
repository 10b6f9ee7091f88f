import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeFrame, FrameDecoder, type Frame } from '../../../../electron/libvirt/rpc/frame-decoder.ts';
import { maxPacketBytes } from '../../../../electron/libvirt/rpc/header.ts';
import { ProtocolError } from '../../../../electron/libvirt/rpc/rpc-errors.ts';

const header = { program: 0x20008086, version: 1, procedure: 212, type: 1, serial: 7, status: 0 };

function drain(decoder: FrameDecoder): Frame[] {
  const frames: Frame[] = [];
  for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) frames.push(frame);
  return frames;
}

function lengthWord(length: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}

describe('cutting bytes into packets', () => {
  it('gives back any packets, however their bytes are divided', () => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(payloads, fc.array(fc.integer({ min: 1, max: 97 }), { minLength: 1 }), (sent, sizes) => {
        const bytes = Buffer.concat(
          sent.map((payload, index) => encodeFrame({ ...header, serial: index }, payload)),
        );
        const decoder = new FrameDecoder();
        const received: Frame[] = [];
        for (let offset = 0, turn = 0; offset < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          decoder.push(bytes.subarray(offset, offset + size));
          received.push(...drain(decoder));
          offset += size;
        }
        expect(received.map((frame) => frame.header.serial)).toEqual(sent.map((_, index) => index));
        expect(received.map((frame) => Buffer.from(frame.payload))).toEqual(
          sent.map((payload) => Buffer.from(payload)),
        );
        expect(decoder.pendingBytes).toBe(0);
      }),
    );
  });

  it('waits while a packet is not whole, byte by byte', () => {
    const bytes = encodeFrame(header, Buffer.from('12345678'));
    const decoder = new FrameDecoder();
    for (const byte of bytes.subarray(0, -1)) {
      decoder.push(Uint8Array.of(byte));
      expect(decoder.next()).toBeUndefined();
    }
    expect(decoder.pendingBytes).toBe(bytes.length - 1);
    decoder.push(bytes.subarray(-1));
    expect(decoder.next()).toMatchObject({ header });
  });

  it.each([0, 4, 27, maxPacketBytes + 1, 0x53534820, 0xffffffff])(
    'refuses a length of %d as soon as the length word is there',
    (length) => {
      const decoder = new FrameDecoder();
      decoder.push(lengthWord(length));
      expect(() => decoder.next()).toThrow(ProtocolError);
    },
  );

  it('takes the largest packet, without memory for bytes that were only announced', () => {
    const before = process.memoryUsage().arrayBuffers;
    const decoder = new FrameDecoder();
    decoder.push(lengthWord(maxPacketBytes));
    expect(decoder.next()).toBeUndefined();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
    decoder.push(new Uint8Array(maxPacketBytes - 4));
    expect(decoder.next()?.payload.length).toBe(maxPacketBytes - 28);
  });

  it('does not let a later packet change the payload of an earlier one', () => {
    const decoder = new FrameDecoder();
    decoder.push(encodeFrame(header, Buffer.from('first')));
    const first = decoder.next();
    decoder.push(encodeFrame(header, Buffer.from('other')));
    decoder.next();
    expect(Buffer.from(first?.payload ?? '').toString()).toBe('first');
  });

  it('refuses to build a packet over the limit', () => {
    expect(() => encodeFrame(header, new Uint8Array(maxPacketBytes - 27))).toThrow(ProtocolError);
  });
});

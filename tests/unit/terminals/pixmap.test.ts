import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pngOfPixmap } from '../../../electron/terminals/pixmap.ts';

function pixmap(width: number, height: number, pixels: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), pixels]);
}

/** The pixels of a PNG as this encoder writes it: one IDAT, no filters. */
function pixelsOf(png: Uint8Array): Buffer {
  const bytes = Buffer.from(png);
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const lines = inflateSync(bytes.subarray(41, 41 + bytes.readUInt32BE(33)));
  const line = width * 3 + 1;
  return Buffer.concat(
    Array.from({ length: height }, (_, index) => lines.subarray(index * line + 1, (index + 1) * line)),
  );
}

describe('a pixmap as PNG', () => {
  it('keeps every pixel', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), (width, height) => {
        const pixels = Buffer.from(
          Array.from({ length: width * height * 3 }, (_, index) => (index * 37) % 256),
        );
        const png = pngOfPixmap(pixmap(width, height, pixels));
        expect(png && pixelsOf(png)).toEqual(pixels);
      }),
    );
  });

  it.each([
    ['another format', Buffer.from('P3\n1 1\n255\n0 0 0')],
    ['sixteen bits a colour', Buffer.from('P6\n1 1\n65535\n000000')],
    ['one that is cut off', pixmap(2, 2, new Uint8Array(11))],
    ['a size of nothing', pixmap(0, 5, new Uint8Array(0))],
    ['a made-up size', pixmap(99_999, 99_999, new Uint8Array(100))],
    ['nothing', new Uint8Array(0)],
  ])('is not made of %s', (_what, bytes) => {
    expect(pngOfPixmap(bytes)).toBeUndefined();
  });
});

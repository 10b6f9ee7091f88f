import { crc32, deflateSync } from 'node:zlib';

/** More than any screen has; keeps a made-up header from asking for the memory. */
const maxPixels = 16_384 * 16_384;

const header = /^P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s/;

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/**
 * A portable pixmap with 8 bits for each colour, which is what QEMU before 7.1 makes of a screen, as PNG (W3C PNG,
 * third edition): browsers show no pixmaps.
 *
 * @returns `undefined` for anything else, and for one that is cut off
 */
export function pngOfPixmap(bytes: Uint8Array): Uint8Array | undefined {
  const match = header.exec(Buffer.from(bytes.subarray(0, 64)).toString('latin1'));
  if (match === null) return undefined;
  const [width, height] = [Number(match[1]), Number(match[2])];
  const pixels = bytes.subarray(match[0].length);
  const lineBytes = width * 3;
  if (width * height === 0 || width * height > maxPixels || pixels.length < lineBytes * height)
    return undefined;
  // Each line has its filter type in front; 0 is none.
  const lines = Buffer.alloc((lineBytes + 1) * height);
  for (let line = 0; line < height; line += 1) {
    lines.set(pixels.subarray(line * lineBytes, (line + 1) * lineBytes), line * (lineBytes + 1) + 1);
  }
  const image = Buffer.alloc(13);
  image.writeUInt32BE(width, 0);
  image.writeUInt32BE(height, 4);
  // Eight bits a colour, red green and blue, the one compression, the one filter method, not interlaced.
  image.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', image),
    chunk('IDAT', deflateSync(lines, { level: 4 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

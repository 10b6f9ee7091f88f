import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeDer,
  decodeOid,
  encodeDer,
  encodeInteger,
  encodeOid,
  tags,
} from '../../../electron/pki/der.ts';
import { mustRun } from './tools.ts';

describe('a value in DER', () => {
  it('is read as it was written, of any length', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 4 }), (contents) => {
        const bytes = Buffer.concat(contents.map((content) => encodeDer(tags.octetString, content)));
        expect(decodeDer(bytes).map(({ content }) => new Uint8Array(content))).toEqual(contents);
      }),
    );
  });

  it('is never read beyond its end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        let values;
        try {
          values = decodeDer(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          return;
        }
        expect(Buffer.concat(values.map(({ whole }) => whole))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it.each([0, 1, 127, 128, 255, 256, 65_535, 600_000, Number.MAX_SAFE_INTEGER])(
    'is the integer %d',
    (value) => {
      const text = mustRun('openssl', ['asn1parse', '-inform', 'PEM'], pemOf(encodeInteger(value)));
      expect(BigInt(`0x${/INTEGER +:([0-9A-F]+)/.exec(text)?.[1] ?? ''}`)).toBe(BigInt(value));
    },
  );

  it.each([
    '1.2.840.113549.1.5.13',
    '2.16.840.1.101.3.4.1.42',
    '0.9.2342.19200300.100.1.25',
    '2.5.4.3',
    '2.999.1',
  ])('is the object identifier %s', (oid) => {
    const { content } = decodeDer(encodeOid(oid))[0] ?? { content: Buffer.alloc(0) };
    expect(decodeOid(content)).toBe(oid);
  });
});

function pemOf(bytes: Buffer): string {
  return `-----BEGIN X-----\n${bytes.toString('base64')}\n-----END X-----\n`;
}

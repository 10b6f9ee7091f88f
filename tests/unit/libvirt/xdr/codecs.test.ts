import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  charArray,
  charString,
  fixedCharString,
  fixedOpaque,
  opaque,
  string,
  uuid,
} from '../../../../electron/libvirt/xdr/bytes.ts';
import { decodeXdr, encodeXdr, type Codec } from '../../../../electron/libvirt/xdr/codec.ts';
import { array, optional, struct } from '../../../../electron/libvirt/xdr/composites.ts';
import { bool, char, f64, i32, i64, u16, u32, u64, u8 } from '../../../../electron/libvirt/xdr/scalars.ts';
import type { XdrError } from '../../../../electron/libvirt/xdr/xdr-error.ts';
import { hex } from '../hex.ts';

function roundTrip<T>(codec: Codec<T>, values: fc.Arbitrary<T>): void {
  fc.assert(
    fc.property(values, (value) => {
      const bytes = encodeXdr(codec, value);
      expect(bytes.length % 4).toBe(0);
      expect(bytes.length).toBeGreaterThanOrEqual(codec.minBytes);
      expect(decodeXdr(codec, bytes)).toEqual(value);
    }),
  );
}

const noNul = fc
  .string({ unit: 'binary', maxLength: 40 })
  .filter((text) => !text.includes('\0') && text.isWellFormed());
const bytes = fc.uint8Array({ maxLength: 40 });

describe('XDR values', () => {
  it.each([
    ['u32', () => roundTrip(u32, fc.integer({ min: 0, max: 0xffff_ffff }))],
    ['i32', () => roundTrip(i32, fc.integer())],
    ['u64', () => roundTrip(u64, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }))],
    ['i64', () => roundTrip(i64, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))],
    ['f64', () => roundTrip(f64, fc.double())],
    ['bool', () => roundTrip(bool, fc.boolean())],
    ['u8', () => roundTrip(u8, fc.integer({ min: 0, max: 255 }))],
    ['u16', () => roundTrip(u16, fc.integer({ min: 0, max: 65_535 }))],
    ['char', () => roundTrip(char, fc.integer({ min: -128, max: 127 }))],
    ['string', () => roundTrip(string(), noNul)],
    ['opaque', () => roundTrip(opaque(40), bytes)],
    ['fixedOpaque', () => roundTrip(fixedOpaque(7), fc.uint8Array({ minLength: 7, maxLength: 7 }))],
    ['uuid', () => roundTrip(uuid, fc.uuid())],
    ['charArray', () => roundTrip(charArray(40), bytes)],
    ['charString', () => roundTrip(charString(200), noNul)],
    ['array', () => roundTrip(array(i32, 9), fc.array(fc.integer(), { maxLength: 9 }))],
    ['optional', () => roundTrip(optional(string()), fc.option(noNul, { nil: undefined }))],
    [
      'struct',
      () =>
        roundTrip(
          struct({ a: u32, b: optional(u64) }),
          fc.record({ a: fc.nat(), b: fc.option(fc.bigInt(0n, 9n), { nil: undefined }) }),
        ),
    ],
  ])('%s comes back as it went', (_name, check) => check());

  it.each([
    ['an integer, big endian', encodeXdr(u32, 0x01020304), '01020304'],
    ['a negative integer', encodeXdr(i32, -2), 'fffffffe'],
    ['64 bits', encodeXdr(u64, 2n ** 64n - 1n), 'ffffffff ffffffff'],
    ['a string, padded', encodeXdr(string(), 'nopes'), '00000005 6e6f7065 73000000'],
    ['bytes as long as their padding', encodeXdr(opaque(4), Uint8Array.of(1, 2, 3, 4)), '00000004 01020304'],
    ['an absent value', encodeXdr(optional(u32), undefined), '00000000'],
    ['a present value', encodeXdr(optional(u32), 9), '00000001 00000009'],
    [
      'a character array, four bytes each',
      encodeXdr(charArray(9), Uint8Array.of(0x41, 0xff)),
      '00000002 00000041 ffffffff',
    ],
    ['text in a fixed field', encodeXdr(fixedCharString(3), 'x'), '00000078 00000000 00000000'],
    ['a narrow integer in four bytes', encodeXdr(u8, 200), '000000c8'],
    [
      'a UUID without a length',
      encodeXdr(uuid, '00112233-4455-6677-8899-AABBCCDDEEFF'),
      '00112233445566778899aabbccddeeff',
    ],
  ])('%s has its exact bytes', (_what, encoded, expected) => {
    expect(Buffer.from(encoded)).toEqual(Buffer.from(hex(expected)));
  });

  it('reads text that is not UTF-8 with replacement characters', () => {
    expect(decodeXdr(string(), hex('00000003 61ff6200'))).toBe('a\ufffdb');
  });

  it('reads fixed text up to its first NUL', () => {
    expect(decodeXdr(fixedCharString(3), hex('00000078 00000000 00000079'))).toBe('x');
  });
});

describe('bytes that no daemon should send', () => {
  const refused: readonly (readonly [string, Codec<unknown>, string, XdrError['kind']])[] = [
    ['a string over its limit', string(4), '00000005 6161616161000000', 'limit'],
    ['a string longer than the message', string(), '003fffff 61616161', 'truncated'],
    ['bytes over their limit', opaque(2), '00000003 61616100', 'limit'],
    ['a list over its limit', array(u32, 2), '00000003 000000000000000000000000', 'limit'],
    [
      'a list that claims more than is there',
      array(struct({ a: u64, b: u64 }), 16_384),
      '00004000 00000000',
      'truncated',
    ],
    ['characters that are not there', charArray(65_536), '00010000 00000000', 'truncated'],
    ['an optional value twice', optional(u32), '00000002 0000000000000000', 'invalid'],
    ['a narrow integer out of range', u8, '00000100', 'invalid'],
    ['bytes left over', u32, '00000001 00000000', 'left-over'],
    ['a message that ends early', u64, '00000001', 'truncated'],
    ['missing padding', string(), '00000001 61', 'truncated'],
  ];
  it.each(refused)('refuses %s', (_what, codec, encoded, kind) => {
    expect(() => decodeXdr(codec, hex(encoded))).toThrow(expect.objectContaining({ kind }) as XdrError);
  });
});

describe('values that do not fit', () => {
  it.each([
    ['a negative unsigned integer', () => encodeXdr(u32, -1)],
    ['a fraction', () => encodeXdr(i32, 1.5)],
    ['65 bits', () => encodeXdr(u64, 2n ** 64n)],
    ['a NUL in a string', () => encodeXdr(string(), 'a\0b')],
    ['a string over its limit in bytes', () => encodeXdr(string(3), 'éé')],
    ['too many elements', () => encodeXdr(array(u32, 1), [1, 2])],
    ['a wrong number of fixed bytes', () => encodeXdr(fixedOpaque(4), new Uint8Array(3))],
    ['text that is no UUID', () => encodeXdr(uuid, 'web01')],
  ])('refuses to send %s', (_what, encode) => {
    expect(encode).toThrow(expect.objectContaining({ kind: 'range' }) as XdrError);
  });
});

import type { Codec } from './codec.ts';
import { XdrError } from './xdr-error.ts';

/** Memory for a 64-bit value, which JavaScript keeps apart from what holds it. */
const bigintBytes = 24;

function checkNumber(value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new XdrError('range', `${value} is not an integer from ${least} to ${most}.`);
  }
}

function checkBigint(value: bigint, least: bigint, most: bigint): void {
  if (value < least || value > most) {
    throw new XdrError('range', `${value.toString()} is not from ${least.toString()} to ${most.toString()}.`);
  }
}

export const u32: Codec<number> = {
  layout: 'u32',
  minBytes: 4,
  encode: (writer, value) => {
    checkNumber(value, 0, 0xffff_ffff);
    writer.u32(value);
  },
  decode: (reader) => reader.u32(),
};

export const i32: Codec<number> = {
  layout: 'i32',
  minBytes: 4,
  encode: (writer, value) => {
    checkNumber(value, -0x8000_0000, 0x7fff_ffff);
    writer.i32(value);
  },
  decode: (reader) => reader.i32(),
};

export const u64: Codec<bigint> = {
  layout: 'u64',
  minBytes: 8,
  encode: (writer, value) => {
    checkBigint(value, 0n, 2n ** 64n - 1n);
    writer.u64(value);
  },
  decode: (reader) => {
    reader.charge(bigintBytes);
    return reader.u64();
  },
};

export const i64: Codec<bigint> = {
  layout: 'i64',
  minBytes: 8,
  encode: (writer, value) => {
    checkBigint(value, -(2n ** 63n), 2n ** 63n - 1n);
    writer.i64(value);
  },
  decode: (reader) => {
    reader.charge(bigintBytes);
    return reader.i64();
  },
};

export const f64: Codec<number> = {
  layout: 'f64',
  minBytes: 8,
  encode: (writer, value) => writer.f64(value),
  decode: (reader) => reader.f64(),
};

/** libvirt carries truth values as `int`; every value but 0 is true. */
export const bool: Codec<boolean> = {
  layout: 'i32',
  minBytes: 4,
  encode: (writer, value) => writer.i32(value ? 1 : 0),
  decode: (reader) => reader.i32() !== 0,
};

/** A plain `unsigned char` or `unsigned short` member: XDR has no integer narrower than four bytes. */
function narrow(layout: string, least: number, most: number): Codec<number> {
  return {
    layout,
    minBytes: 4,
    encode: (writer, value) => {
      checkNumber(value, least, most);
      writer.i32(value);
    },
    decode: (reader) => {
      const value = reader.i32();
      if (value < least || value > most) {
        throw new XdrError('invalid', `${value} does not fit the type ${layout}.`);
      }
      return value;
    },
  };
}

export const u8 = narrow('u8', 0, 0xff);
export const u16 = narrow('u16', 0, 0xffff);
export const char = narrow('char', -0x80, 0x7f);

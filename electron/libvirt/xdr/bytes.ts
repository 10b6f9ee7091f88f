import type { Codec } from './codec.ts';
import { XdrError } from './xdr-error.ts';
import type { XdrReader } from './xdr-reader.ts';

/** Longest string either peer accepts (`REMOTE_STRING_MAX` of libvirt's protocol definition). */
export const maxStringBytes = 4_194_304;

const utf8Encoder = new TextEncoder();
// Strings are UTF-8 by convention only: what is not becomes U+FFFD instead of losing the whole reply.
const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function checkOutgoing(what: string, length: number, max: number): void {
  if (length > max) throw new XdrError('range', `A ${what} of ${length} bytes is over the limit of ${max}.`);
}

function readLength(reader: XdrReader, what: string, max: number): number {
  const length = reader.u32();
  if (length > max) throw new XdrError('limit', `A ${what} of ${length} is over the limit of ${max}.`);
  return length;
}

/** What an object takes beside its contents, about. */
const objectBytes = 32;

/** Text that is not ASCII takes up to two bytes a character in memory, and is charged for it. */
function textOf(reader: XdrReader, bytes: Uint8Array): string {
  reader.charge(objectBytes + bytes.length);
  const text = utf8Decoder.decode(bytes);
  if (text.length < bytes.length || text.includes('\ufffd')) reader.charge(bytes.length);
  return text;
}

function copyOf(reader: XdrReader, bytes: Uint8Array): Uint8Array {
  reader.charge(objectBytes + bytes.length);
  // Not slice(), which of a Buffer would give another view of the same memory.
  return new Uint8Array(bytes);
}

export function string(max: number = maxStringBytes): Codec<string> {
  return {
    layout: `string<${max}>`,
    minBytes: 4,
    encode: (writer, value) => {
      if (value.includes('\0')) throw new XdrError('range', 'A string must not contain a NUL character.');
      const bytes = utf8Encoder.encode(value);
      checkOutgoing('string', bytes.length, max);
      writer.u32(bytes.length);
      writer.padded(bytes);
    },
    decode: (reader) => textOf(reader, reader.padded(readLength(reader, 'string', max))),
  };
}

/** Bytes with a length in front. Decoding copies them, so that the message can be freed. */
export function opaque(max: number): Codec<Uint8Array> {
  return {
    layout: `opaque<${max}>`,
    minBytes: 4,
    encode: (writer, value) => {
      checkOutgoing('byte block', value.length, max);
      writer.u32(value.length);
      writer.padded(value);
    },
    decode: (reader) => copyOf(reader, reader.padded(readLength(reader, 'byte block', max))),
  };
}

export function fixedOpaque(length: number): Codec<Uint8Array> {
  return {
    layout: `opaque[${length}]`,
    minBytes: length,
    encode: (writer, value) => {
      if (value.length !== length) {
        throw new XdrError('range', `${value.length} bytes were given where exactly ${length} are due.`);
      }
      writer.padded(value);
    },
    decode: (reader) => copyOf(reader, reader.padded(length)),
  };
}

const uuidText = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A UUID: 16 raw bytes on the wire, lower-case 8-4-4-4-12 text here. */
export const uuid: Codec<string> = {
  layout: 'opaque[16]',
  minBytes: 16,
  encode: (writer, value) => {
    if (!uuidText.test(value)) throw new XdrError('range', `"${value}" is not a UUID.`);
    writer.padded(Buffer.from(value.replaceAll('-', ''), 'hex'));
  },
  decode: (reader) => {
    reader.charge(56);
    return Buffer.from(reader.padded(16))
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  },
};

function readChars(reader: XdrReader, count: number): Uint8Array {
  reader.expect(count, 4);
  reader.charge(objectBytes + count);
  const bytes = new Uint8Array(count);
  for (let index = 0; index < count; index += 1) bytes[index] = reader.i32() & 0xff;
  return bytes;
}

/**
 * `char name<max>` of the protocol definition: a counted array of characters, four bytes **each**, not an
 * opaque. SASL data and security labels travel this way.
 */
export function charArray(max: number): Codec<Uint8Array> {
  return {
    layout: `char<${max}>`,
    minBytes: 4,
    encode: (writer, value) => {
      checkOutgoing('character array', value.length, max);
      writer.u32(value.length);
      for (const byte of value) writer.i32((byte << 24) >> 24);
    },
    decode: (reader) => readChars(reader, readLength(reader, 'character array', max)),
  };
}

/** `char name<max>` that holds text, perhaps with a NUL at its end. */
export function charString(max: number): Codec<string> {
  const chars = charArray(max);
  return {
    layout: chars.layout,
    minBytes: chars.minBytes,
    encode: (writer, value) => chars.encode(writer, utf8Encoder.encode(value)),
    decode: (reader) => textUpToNul(chars.decode(reader)),
  };
}

/** `char name[length]`: text in a fixed field, four bytes a character, filled up with NULs. */
export function fixedCharString(length: number): Codec<string> {
  return {
    layout: `char[${length}]`,
    minBytes: length * 4,
    encode: (writer, value) => {
      const bytes = utf8Encoder.encode(value);
      checkOutgoing('fixed text field', bytes.length, length);
      for (let index = 0; index < length; index += 1) writer.i32(((bytes[index] ?? 0) << 24) >> 24);
    },
    decode: (reader) => textUpToNul(readChars(reader, length)),
  };
}

function textUpToNul(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return utf8Decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

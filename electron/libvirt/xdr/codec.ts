import { XdrError } from './xdr-error.ts';
import { XdrReader } from './xdr-reader.ts';
import { XdrWriter } from './xdr-writer.ts';

/** How one type looks on the wire, in both directions. */
export interface Codec<T> {
  /** The wire layout in the notation of the protocol definition, so that it can be compared with it. */
  readonly layout: string;
  /** The fewest bytes a value takes; bounds what a count may claim. */
  readonly minBytes: number;
  encode(writer: XdrWriter, value: T): void;
  decode(reader: XdrReader): T;
}

export type TypeOf<C> = C extends Codec<infer T> ? T : never;

/** @throws {XdrError} `range` when the value does not fit its type. */
export function encodeXdr<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = new XdrWriter();
  codec.encode(writer, value);
  return writer.finish();
}

/** Decodes the whole message: bytes that are left over mean that the layout is wrong. @throws {XdrError} */
export function decodeXdr<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const reader = new XdrReader(bytes);
  const value = codec.decode(reader);
  if (reader.remaining > 0) {
    throw new XdrError('left-over', `The message has ${reader.remaining} bytes more than its type.`);
  }
  return value;
}

import { XdrError } from './xdr-error.ts';
import { paddingOf } from './xdr-writer.ts';

/**
 * What one message may take of memory, itself included. Values in memory are several times as large as on the wire,
 * and the largest packet is 32 MiB: without a limit of its own a single answer could take hundreds of MiB.
 */
export const maxMessageMemoryBytes = 60 * 1_048_576;

/** Reads XDR items from a message; every read checks first that the bytes are there. */
export class XdrReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;
  #memoryLeft: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#memoryLeft = maxMessageMemoryBytes - bytes.length;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8));
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#take(8));
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  /** A view of `length` bytes of the message, not a copy; the padding behind them is skipped. */
  padded(length: number): Uint8Array {
    const start = this.#take(length + paddingOf(length));
    return this.#bytes.subarray(start, start + length);
  }

  /** Refuses a count that the rest of the message cannot hold, before anything is allocated for it. */
  expect(count: number, bytesEach: number): void {
    if (count * bytesEach > this.remaining) {
      throw new XdrError(
        'truncated',
        `The message announces ${count} elements but only ${this.remaining} bytes are left.`,
      );
    }
  }

  /** Counts what the decoded value takes, about. @throws {XdrError} `limit` when it is too much for one message */
  charge(bytes: number): void {
    this.#memoryLeft -= bytes;
    if (this.#memoryLeft >= 0) return;
    throw new XdrError(
      'limit',
      `The message would take more than ${maxMessageMemoryBytes / 1_048_576} MiB of memory.`,
    );
  }

  #take(count: number): number {
    if (count > this.remaining) {
      throw new XdrError('truncated', `The message ends ${count - this.remaining} bytes too early.`);
    }
    const start = this.#offset;
    this.#offset += count;
    return start;
  }
}

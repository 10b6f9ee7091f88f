import { XdrError } from './xdr-error.ts';
import { paddingOf } from './xdr-writer.ts';

/** Reads XDR items from a message; every read checks first that the bytes are there. */
export class XdrReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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

  #take(count: number): number {
    if (count > this.remaining) {
      throw new XdrError('truncated', `The message ends ${count - this.remaining} bytes too early.`);
    }
    const start = this.#offset;
    this.#offset += count;
    return start;
  }
}

import type { ByteStream } from '../../common/byte-stream.ts';
import { AuthError } from './auth-error.ts';

/** What a login negotiated for the bytes behind it: each block is protected on its own (RFC 4422 section 3.7). */
export interface SecurityLayer {
  /** Strength as SASL counts it: 1 protects against change only, more is the number of key bits that hide the data. */
  readonly ssf: number;
  /** Largest piece that `wrap` takes so that the peer accepts the block. */
  readonly maxPlainBytes: number;
  /** Largest block that the peer may send. */
  readonly maxBlockBytes: number;
  /** Protects one piece. Blocks have to be sent in the order they were made. */
  wrap(plain: Uint8Array): Uint8Array;
  /** @throws {AuthError} `auth-layer-broken` for a block that is not what the peer made, in its order */
  unwrap(block: Uint8Array): Uint8Array;
  close(): void;
}

/** The buffer that we offer to peers, as libvirt's own client does (`VIR_NET_SASL_SESSION` default). */
export const maxReceivedBlockBytes = 65_536;

const lengthWordBytes = 4;

/**
 * A byte stream that a layer can be put over while it is in use.
 *
 * On the wire each block is its length (4 bytes, not counting themselves) and the layer's bytes; blocks and packets
 * of the protocol above have nothing to do with each other.
 */
export class LayeredStream implements ByteStream {
  readonly #stream: ByteStream;
  #layer: SecurityLayer | undefined;
  /** Received and not yet unwrapped. */
  #pending: Uint8Array = new Uint8Array(0);

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  get closed(): Promise<Error | undefined> {
    return this.#stream.closed;
  }

  /** From here on both directions go through `layer`; `rest` was received in the clear's place but comes behind. */
  startLayer(layer: SecurityLayer, rest: Uint8Array): void {
    this.#layer = layer;
    this.#pending = rest;
  }

  send(bytes: Uint8Array): Promise<void> {
    if (this.#layer === undefined) return this.#stream.send(bytes);
    try {
      // In one go: blocks are numbered, and two packets on their way must not mix.
      return this.#stream.send(wrapAll(this.#layer, bytes));
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  close(): void {
    this.#stream.close();
    this.#layer?.close();
    this.#layer = undefined;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const bytes of this.#stream) {
      if (this.#layer === undefined) {
        yield bytes;
      } else {
        this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
      }
      yield* this.#unwrapped();
    }
    if (this.#pending.length > 0) throw broken('the connection ended in the middle of a block');
  }

  *#unwrapped(): Generator<Uint8Array, void, undefined> {
    while (this.#layer !== undefined && this.#pending.length >= lengthWordBytes) {
      const view = new DataView(this.#pending.buffer, this.#pending.byteOffset, this.#pending.byteLength);
      const length = view.getUint32(0);
      if (length === 0 || length > this.#layer.maxBlockBytes) {
        throw broken(
          `a block of ${length} bytes was announced where ${this.#layer.maxBlockBytes} is the most`,
        );
      }
      const end = lengthWordBytes + length;
      if (this.#pending.length < end) return;
      const block = this.#pending.subarray(lengthWordBytes, end);
      this.#pending = this.#pending.subarray(end);
      yield this.#layer.unwrap(block);
    }
  }
}

function wrapAll(layer: SecurityLayer, bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += layer.maxPlainBytes) {
    const block = layer.wrap(bytes.subarray(start, start + layer.maxPlainBytes));
    const length = Buffer.alloc(lengthWordBytes);
    length.writeUInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

export function broken(why: string, cause?: unknown): AuthError {
  return new AuthError('auth-layer-broken', `The protected connection cannot be trusted any more: ${why}.`, {
    cause,
    remedy: 'Connect again; if it comes back, something between here and the host changes what is sent.',
  });
}

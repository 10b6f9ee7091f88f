import type { ByteStream } from '../../common/byte-stream.ts';

/** A stream whose beginning was already read. */
export class ContinuedStream implements ByteStream {
  readonly #stream: ByteStream;
  readonly #reader: AsyncIterator<Uint8Array>;
  readonly #first: Uint8Array;

  constructor(stream: ByteStream, reader: AsyncIterator<Uint8Array>, first: Uint8Array) {
    this.#stream = stream;
    this.#reader = reader;
    this.#first = first;
  }

  get closed(): Promise<Error | undefined> {
    return this.#stream.closed;
  }

  send(bytes: Uint8Array): Promise<void> {
    return this.#stream.send(bytes);
  }

  close(): void {
    this.#stream.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#first.length > 0) yield this.#first;
    for (;;) {
      const next = await this.#reader.next();
      if (next.done === true) return;
      yield next.value;
    }
  }
}

import type { ByteStream } from '../../electron/common/byte-stream.ts';

class PipeEnd implements ByteStream {
  readonly closed: Promise<Error | undefined>;
  peer: PipeEnd | undefined;
  readonly #chunks: Uint8Array[] = [];
  readonly #settleClosed: (error: Error | undefined) => void;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    this.closed = promise;
    this.#settleClosed = resolve;
  }

  send(bytes: Uint8Array): Promise<void> {
    if (this.#ended) return Promise.reject(this.#failure ?? new Error('the stream is closed'));
    this.peer?.accept(bytes.slice());
    return Promise.resolve();
  }

  close(): void {
    this.end(undefined);
    this.peer?.end(undefined);
  }

  accept(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#chunks.push(bytes);
    this.#wakeReader();
  }

  end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = error;
    this.#settleClosed(error);
    this.#wakeReader();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) yield chunk;
      else if (this.#failure !== undefined) throw this.#failure;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #wakeReader(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

export interface StreamPair {
  readonly client: ByteStream;
  readonly server: ByteStream;
  /** Breaks the link as seen by the client. */
  breakLink(error: Error): void;
}

/** Two ends of a byte stream in memory. */
export function streamPair(): StreamPair {
  const client = new PipeEnd();
  const server = new PipeEnd();
  client.peer = server;
  server.peer = client;
  return {
    client,
    server,
    breakLink: (error) => {
      client.end(error);
      server.end(error);
    },
  };
}

import type { ByteStream } from '../../common/byte-stream.ts';

/**
 * A TLS stream that gives each `send` records of its own.
 *
 * A daemon reads one packet when its socket becomes readable and does not look into what GnuTLS has already decrypted
 * (libvirt 9.0.0, rpc/virnetsocket.c, virNetSocketHasCachedData). Of two packets in one record the second would wait
 * for the next record from us: our answer to the daemon's ping five seconds later.
 */
export class PacketwiseStream implements ByteStream {
  readonly #stream: ByteStream;
  #previous: Promise<void> = Promise.resolve();

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  get closed(): Promise<Error | undefined> {
    return this.#stream.closed;
  }

  /** Node puts what is written while another write is under way into one record; so none is. */
  send(bytes: Uint8Array): Promise<void> {
    const sent = this.#previous.then(() => this.#stream.send(bytes));
    this.#previous = sent.catch(() => undefined);
    return sent;
  }

  close(): void {
    this.#stream.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#stream[Symbol.asyncIterator]();
  }
}

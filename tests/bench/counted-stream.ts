import type { ByteStream } from '../../electron/common/byte-stream.ts';

/** Offset of a packet's type in its header, and the type of a call (rpc/virnetprotocol.x of libvirt). */
const TYPE_OFFSET = 16;
const CALL = 0;

/** Counts the calls that go out over a stream; each is a round trip. */
export class CountedStream implements ByteStream {
  calls = 0;
  readonly #stream: ByteStream;

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  get closed(): Promise<Error | undefined> {
    return this.#stream.closed;
  }

  send(bytes: Uint8Array): Promise<void> {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; at += view.getUint32(at))
      if (view.getInt32(at + TYPE_OFFSET) === CALL) this.calls += 1;
    return this.#stream.send(bytes);
  }

  close(): void {
    this.#stream.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#stream[Symbol.asyncIterator]();
  }
}

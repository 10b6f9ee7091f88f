import { maxStreamChunkBytes, messageStatuses } from './header.ts';
import { ProtocolError } from './rpc-errors.ts';

/** Sends one packet of the stream, with a status of the header. */
export type StreamTransmit = (status: number, payload: Uint8Array) => Promise<void>;

/** Received bytes that may wait for their reader before the connection stops reading altogether. */
const highWaterBytes = 1_048_576;

const empty = new Uint8Array(0);

/**
 * The data stream that a call opened.
 *
 * There is no window of its own on the wire: a reader that does not keep up stalls its whole connection. Give
 * every bulk stream a connection to itself.
 */
export class RpcStream implements AsyncIterable<Uint8Array> {
  readonly #transmit: StreamTransmit;
  readonly #onGone: () => void;
  readonly #finished = Promise.withResolvers<undefined>();
  readonly #chunks: Uint8Array[] = [];
  #bufferedBytes = 0;
  #phase: 'open' | 'finishing' | 'aborting' | 'gone' = 'open';
  #endOfData = false;
  #failure: Error | undefined;
  #wakeReader: (() => void) | undefined;
  #drained: PromiseWithResolvers<undefined> | undefined;

  /** `onGone` is called once, when no further packet can belong to this stream. */
  constructor(transmit: StreamTransmit, onGone: () => void) {
    this.#transmit = transmit;
    this.#onGone = onGone;
    this.#finished.promise.catch(() => undefined);
  }

  /** Sends data to the daemon in packets of a size that every daemon takes. */
  async send(bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length; offset += maxStreamChunkBytes) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#phase !== 'open')
        throw new ProtocolError('The stream is finished; nothing can be sent on it.');
      await this.#transmit(messageStatuses.continue, bytes.subarray(offset, offset + maxStreamChunkBytes));
    }
  }

  /** Ends the stream in order. An upload counts as written only when this resolves. */
  async finish(): Promise<void> {
    if (this.#phase === 'open') {
      this.#phase = 'finishing';
      await this.#transmit(messageStatuses.ok, empty);
    }
    await this.#finished.promise;
  }

  /** Gives the stream up; data that is still on its way is dropped. Resolves when the daemon let go of it. */
  async abort(): Promise<void> {
    if (this.#phase === 'open' || this.#phase === 'finishing') {
      this.#phase = 'aborting';
      this.#dropData();
      await this.#transmit(messageStatuses.error, empty);
    }
    await this.#finished.promise.catch(() => undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#bufferedBytes -= chunk.length;
        if (this.#bufferedBytes < highWaterBytes) this.#releaseDrain();
        yield chunk;
      } else if (this.#failure !== undefined) {
        throw this.#failure;
      } else if (this.#endOfData || this.#phase !== 'open') {
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wakeReader = resolve));
      }
    }
  }

  /** A data packet came; an empty one says that no more will. */
  acceptData(payload: Uint8Array): void {
    if (this.#phase === 'aborting' || this.#phase === 'gone') return;
    if (payload.length === 0) {
      this.#endOfData = true;
    } else {
      this.#chunks.push(payload);
      this.#bufferedBytes += payload.length;
    }
    this.#wake();
  }

  /** The daemon confirmed the orderly end, or ended the stream itself. */
  acceptFinish(): void {
    if (this.#phase === 'gone') return;
    this.#phase = 'gone';
    this.#endOfData = true;
    this.#finished.resolve(undefined);
    this.#wake();
    this.#onGone();
  }

  fail(error: Error): void {
    if (this.#phase === 'gone') return;
    this.#phase = 'gone';
    this.#failure = error;
    this.#finished.reject(error);
    this.#wake();
    this.#releaseDrain();
    this.#onGone();
  }

  /** Resolves as soon as the reader has caught up; `undefined` while it has. */
  untilDrained(): Promise<undefined> | undefined {
    if (this.#bufferedBytes < highWaterBytes || this.#phase === 'gone') return undefined;
    this.#drained ??= Promise.withResolvers<undefined>();
    return this.#drained.promise;
  }

  #dropData(): void {
    this.#chunks.length = 0;
    this.#bufferedBytes = 0;
    this.#wake();
    this.#releaseDrain();
  }

  #wake(): void {
    this.#wakeReader?.();
    this.#wakeReader = undefined;
  }

  #releaseDrain(): void {
    this.#drained?.resolve(undefined);
    this.#drained = undefined;
  }
}

import { struct } from '../xdr/composites.ts';
import { encodeXdr } from '../xdr/codec.ts';
import { i64, u32 } from '../xdr/scalars.ts';
import { maxStreamChunkBytes, messageStatuses, messageTypes } from './header.ts';
import { ProtocolError } from './rpc-errors.ts';

/** Sends one packet of the stream, with a type and a status of the header. */
export type StreamTransmit = (type: number, status: number, payload: Uint8Array) => Promise<void>;

/** A run of zeroes that is not sent byte by byte; only in streams whose opening call had its SPARSE flag. */
export interface StreamHole {
  readonly holeBytes: bigint;
}

export type StreamPart = Uint8Array | StreamHole;

/** `struct virNetStreamHole` of libvirt's virnetprotocol.x. */
export const streamHoleCodec = struct({ length: i64, flags: u32 });

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
  readonly #parts: StreamPart[] = [];
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

  /** Received and not read yet. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** Sends data to the daemon in packets of a size that every daemon takes. */
  async send(bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length; offset += maxStreamChunkBytes) {
      this.#checkOpen();
      const chunk = bytes.subarray(offset, offset + maxStreamChunkBytes);
      await this.#transmit(messageTypes.stream, messageStatuses.continue, chunk);
    }
  }

  /** Sends a hole instead of that many zeroes. */
  async sendHole({ holeBytes }: StreamHole): Promise<void> {
    this.#checkOpen();
    const payload = encodeXdr(streamHoleCodec, { length: holeBytes, flags: 0 });
    await this.#transmit(messageTypes.streamHole, messageStatuses.continue, payload);
  }

  /** Ends the stream in order. An upload counts as written only when this resolves. */
  async finish(): Promise<void> {
    if (this.#phase === 'open') {
      this.#phase = 'finishing';
      await this.#transmit(messageTypes.stream, messageStatuses.ok, empty);
    }
    await this.#finished.promise;
  }

  /** Gives the stream up; data that is still on its way is dropped. Resolves when the daemon let go of it. */
  async abort(): Promise<void> {
    if (this.#phase === 'open' || this.#phase === 'finishing') {
      this.#phase = 'aborting';
      this.#dropData();
      await this.#transmit(messageTypes.stream, messageStatuses.error, empty);
    }
    await this.#finished.promise.catch(() => undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const part of this.parts()) {
      if (!(part instanceof Uint8Array))
        throw new ProtocolError('A hole came where only data was asked for.');
      yield part;
    }
  }

  /** What comes, holes included. */
  async *parts(): AsyncGenerator<StreamPart, void, undefined> {
    for (;;) {
      const part = this.#parts.shift();
      if (part !== undefined) {
        this.#bufferedBytes -= weightOf(part);
        if (this.#bufferedBytes < highWaterBytes) this.#releaseDrain();
        yield part;
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
      this.#push(payload);
    }
    this.#wake();
  }

  acceptHole(hole: StreamHole): void {
    if (this.#phase === 'aborting' || this.#phase === 'gone') return;
    this.#push(hole);
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

  #checkOpen(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#phase !== 'open') throw new ProtocolError('The stream is finished; nothing can be sent on it.');
  }

  #push(part: StreamPart): void {
    this.#parts.push(part);
    this.#bufferedBytes += weightOf(part);
  }

  #dropData(): void {
    this.#parts.length = 0;
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

/** What a part that waits costs in memory, about; a flood of holes must not grow without bound either. */
function weightOf(part: StreamPart): number {
  return part instanceof Uint8Array ? part.length : 64;
}

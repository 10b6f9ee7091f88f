import { decodeError } from './answers.ts';
import type { CallKey } from './call-table.ts';
import type { Frame } from './frame-decoder.ts';
import { headerOf, messageStatuses, messageTypes, type Header } from './header.ts';
import { ProtocolError } from './rpc-errors.ts';
import { decodeXdr } from '../xdr/codec.ts';
import { RpcStream, streamHoleCodec } from './stream.ts';

/** The open streams of one connection, by the serial of the call that opened each. */
export class StreamTable {
  readonly #peer: string;
  readonly #transmit: (header: Header, payload: Uint8Array) => Promise<void>;
  readonly #streams = new Map<number, { key: CallKey; stream: RpcStream; sparse: boolean }>();

  constructor(peer: string, transmit: (header: Header, payload: Uint8Array) => Promise<void>) {
    this.#peer = peer;
    this.#transmit = transmit;
  }

  /** `sparse`: the call had its SPARSE flag, so that holes may come. */
  add(key: CallKey, serial: number, sparse: boolean): RpcStream {
    const stream = new RpcStream(
      (type, status, payload) => this.#transmit(headerOf(key, serial, type, status), payload),
      () => this.#streams.delete(serial),
    );
    this.#streams.set(serial, { key, stream, sparse });
    return stream;
  }

  /** Hands a packet to its stream. @returns false if there is none, which the protocol allows */
  accept({ header, payload }: Frame): boolean {
    const entry = this.#streams.get(header.serial);
    if (entry?.key.program !== header.program || entry.key.number !== header.procedure) return false;
    const { stream } = entry;
    if (header.type === messageTypes.streamHole) {
      this.#acceptHole(entry, payload);
    } else if (header.status === messageStatuses.continue) {
      stream.acceptData(payload);
    } else if (header.status === messageStatuses.ok) {
      stream.acceptFinish();
    } else {
      stream.fail(decodeError(payload, entry.key));
    }
    return true;
  }

  #acceptHole({ stream, sparse }: { stream: RpcStream; sparse: boolean }, payload: Uint8Array): void {
    const fail = (sentence: string, cause?: unknown): void => {
      abortQuietly(stream);
      stream.fail(new ProtocolError(`${this.#peer} sent ${sentence}.`, { cause }));
    };
    if (!sparse) {
      fail('a hole in a stream that was not opened as sparse');
      return;
    }
    try {
      const { length } = decodeXdr(streamHoleCodec, payload);
      if (length > 0n) stream.acceptHole({ holeBytes: length });
      else fail(`a hole of ${length} bytes`);
    } catch (error) {
      fail('a hole that cannot be read', error);
    }
  }

  /** Resolves when the reader of the fullest stream has caught up; `undefined` while all have. */
  untilDrained(): Promise<unknown> | undefined {
    const waits = [...this.#streams.values()].flatMap(({ stream }) => stream.untilDrained() ?? []);
    return waits.length === 0 ? undefined : Promise.all(waits);
  }

  fail(error: Error): void {
    for (const { stream } of [...this.#streams.values()]) stream.fail(error);
  }
}

/** For streams given up on the way out, where the error that led there already tells the story. */
export function abortQuietly(stream: RpcStream): void {
  stream.abort().catch(() => undefined);
}

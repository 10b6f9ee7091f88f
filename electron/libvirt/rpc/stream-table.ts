import { decodeError } from './answers.ts';
import type { CallKey } from './call-table.ts';
import type { Frame } from './frame-decoder.ts';
import { headerOf, messageStatuses, messageTypes, type Header } from './header.ts';
import { ProtocolError } from './rpc-errors.ts';
import { decodeXdr } from '../xdr/codec.ts';
import { RpcStream, streamHoleCodec } from './stream.ts';

/**
 * A stream whose call is on its way: the daemon may send its first data before the answer to the call (two of its
 * threads write), so the stream is there from when the call is sent.
 */
export interface OpeningStream {
  readonly stream: RpcStream;
  opened(): void;
  /** The call was answered with an error: there is no stream. */
  refused(): void;
  /** The caller has given up. What comes is dropped; the daemon is told as soon as it has answered. */
  givenUp(): void;
  /** It was opened after the caller had given up. */
  takenBack(): void;
}

interface Entry {
  readonly key: CallKey;
  readonly stream: RpcStream;
  readonly sparse: boolean;
  state: 'opening' | 'open' | 'given up';
}

/** What a peer may send on a stream before it has answered the call; one that sends more has lost its mind. */
const maxEarlyBytes = 16 * 1_048_576;

/** The open streams of one connection, by the serial of the call that opened each. */
export class StreamTable {
  readonly #peer: string;
  readonly #transmit: (header: Header, payload: Uint8Array) => Promise<void>;
  readonly #streams = new Map<number, Entry>();

  constructor(peer: string, transmit: (header: Header, payload: Uint8Array) => Promise<void>) {
    this.#peer = peer;
    this.#transmit = transmit;
  }

  /** `sparse`: the call had its SPARSE flag, so that holes may come. */
  add(key: CallKey, serial: number, sparse: boolean): OpeningStream {
    const stream = new RpcStream(
      (type, status, payload) => this.#transmit(headerOf(key, serial, type, status), payload),
      () => this.#streams.delete(serial),
    );
    const entry: Entry = { key, stream, sparse, state: 'opening' };
    this.#streams.set(serial, entry);
    return {
      stream,
      opened: () => (entry.state = 'open'),
      refused: () => this.#streams.delete(serial),
      givenUp: () => {
        if (entry.state === 'open') abortQuietly(stream);
        else entry.state = 'given up';
      },
      takenBack: () => {
        entry.state = 'open';
        abortQuietly(stream);
      },
    };
  }

  /** Hands a packet to its stream. @returns false if there is none, which the protocol allows */
  accept({ header, payload }: Frame): boolean {
    const entry = this.#streams.get(header.serial);
    if (entry?.key.program !== header.program || entry.key.number !== header.procedure) return false;
    const { stream, state } = entry;
    if (state === 'given up') return true;
    if (header.type === messageTypes.streamHole) {
      this.#acceptHole(entry, payload);
    } else if (header.status === messageStatuses.continue) {
      stream.acceptData(payload);
    } else if (header.status === messageStatuses.ok) {
      stream.acceptFinish();
    } else {
      stream.fail(decodeError(payload, entry.key));
    }
    if (state === 'opening' && stream.bufferedBytes > maxEarlyBytes) {
      stream.fail(new ProtocolError(`${this.#peer} sent data without answering ${entry.key.name}.`));
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
    const waits = [...this.#streams.values()].flatMap(
      // One that is not opened has no reader yet, and its answer comes by the same way.
      ({ stream, state }) => (state === 'opening' ? [] : (stream.untilDrained() ?? [])),
    );
    return waits.length === 0 ? undefined : Promise.all(waits);
  }

  fail(error: Error): void {
    for (const { stream } of [...this.#streams.values()]) stream.fail(error);
  }
}

/** For streams given up on the way out, where the error that led there already tells the story. */
function abortQuietly(stream: RpcStream): void {
  stream.abort().catch(() => undefined);
}

import { messageOf } from '../../common/errors.ts';
import type { Header } from './header.ts';
import {
  CallAbandonedError,
  CallTimeoutError,
  ConnectionLostError,
  NoPlaceError,
  type CallOutcome,
} from './rpc-errors.ts';

export interface CallOptions {
  /** Gives the call up: it rejects at once, the daemon may still carry it out. */
  readonly signal?: AbortSignal | undefined;
  /** Time to wait for the answer, from the moment of the call; `Infinity` for as long as the link lives. */
  readonly deadlineMs?: number | undefined;
  /**
   * How long other calls may hold all places on the wire without an answer; after that this one rejects with
   * `NoPlaceError`, so that it can be made over another connection.
   */
  readonly placeWithinMs?: number | undefined;
  /** Of a client that reconnects: whether a call waits for the next connection, the default, or fails at once. */
  readonly whenDisconnected?: 'wait' | 'fail' | undefined;
}

export interface StreamOptions extends CallOptions {
  /** Set it exactly where the call's own flags have SPARSE: holes are then taken, and an error otherwise. */
  readonly sparse?: boolean | undefined;
}

/** What identifies a call on the wire, and the words for its errors. */
export interface CallKey {
  readonly program: number;
  readonly number: number;
  readonly name: string;
}

export interface Answer {
  readonly header: Header;
  readonly payload: Uint8Array;
}

/** `late`: the call was given up before its answer came. */
export type AnswerHook = (answer: Answer, late: boolean) => void;
/** Called with the call's serial right before it is sent. */
export type SendHook = (serial: number) => void;

interface Entry {
  readonly key: CallKey;
  readonly args: Uint8Array;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly onAnswer: AnswerHook | undefined;
  readonly onSend: SendHook | undefined;
  state: 'queued' | 'sent' | 'abandoned';
  release: () => void;
}

export type AnswerMatch = 'settled' | 'late' | 'unknown';

const lastSerial = 0xffff_ffff;
const longestTimerMs = 0x7fff_ffff;

/**
 * The calls of one connection: at most `maxOutstanding` on the wire, the others queued in order.
 *
 * A call that was given up keeps its place on the wire until its answer comes, because the daemon still counts it
 * (`max_client_requests`, five by default, after which the daemon stops reading).
 */
export class CallTable {
  readonly #maxOutstanding: number;
  readonly #transmit: (key: CallKey, serial: number, args: Uint8Array) => void;
  readonly #outstanding = new Map<number, Entry>();
  readonly #queue: Entry[] = [];
  #serial = 0;
  /** When a call was last sent or answered. */
  #progressAtMs = 0;
  #failure: ConnectionLostError | undefined;

  constructor(maxOutstanding: number, transmit: (key: CallKey, serial: number, args: Uint8Array) => void) {
    this.#maxOutstanding = maxOutstanding;
    this.#transmit = transmit;
  }

  /** `onAnswer` sees the answer at once, before any later packet is looked at. */
  call(
    key: CallKey,
    args: Uint8Array,
    options: CallOptions,
    onAnswer?: AnswerHook,
    onSend?: SendHook,
  ): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    if (this.#failure !== undefined) {
      reject(this.#failure);
      return promise;
    }
    if (options.signal?.aborted === true) {
      reject(abandoned(key, 'not-sent', options.signal.reason));
      return promise;
    }
    const entry: Entry = {
      key,
      args,
      resolve,
      reject,
      onAnswer,
      onSend,
      state: 'queued',
      release: nothingToRelease,
    };
    entry.release = this.#watch(entry, options);
    this.#queue.push(entry);
    this.#pump();
    const { placeWithinMs } = options;
    if (placeWithinMs !== undefined && this.#queue.at(-1) === entry) this.#watchPlace(entry, placeWithinMs);
    return promise;
  }

  answer(answer: Answer): AnswerMatch {
    const { program, procedure, serial } = answer.header;
    const entry = this.#outstanding.get(serial);
    if (entry?.key.program !== program || entry.key.number !== procedure) return 'unknown';
    this.#outstanding.delete(serial);
    this.#progressAtMs = performance.now();
    const late = entry.state === 'abandoned';
    entry.release();
    entry.onAnswer?.(answer, late);
    if (!late) entry.resolve(answer);
    this.#pump();
    return late ? 'late' : 'settled';
  }

  /** Ends every call: those on the wire with an unknown outcome, the queued ones as never sent. */
  fail(message: string, cause: unknown): void {
    this.#failure = new ConnectionLostError(message, 'not-sent', { cause });
    const entries = [...this.#outstanding.values(), ...this.#queue];
    this.#outstanding.clear();
    this.#queue.length = 0;
    for (const entry of entries) {
      entry.release();
      if (entry.state === 'abandoned') continue;
      entry.reject(new ConnectionLostError(message, outcomeOf(entry), { cause }));
    }
  }

  #pump(): void {
    while (this.#outstanding.size < this.#maxOutstanding && this.#failure === undefined) {
      const entry = this.#queue.shift();
      if (entry === undefined) return;
      const serial = this.#nextSerial();
      entry.state = 'sent';
      this.#progressAtMs = performance.now();
      this.#outstanding.set(serial, entry);
      entry.onSend?.(serial);
      this.#transmit(entry.key, serial, entry.args);
    }
  }

  #nextSerial(): number {
    do {
      this.#serial = this.#serial === lastSerial ? 1 : this.#serial + 1;
    } while (this.#outstanding.has(this.#serial));
    return this.#serial;
  }

  #watch(entry: Entry, { signal, deadlineMs = Infinity }: CallOptions): () => void {
    const onAbort = (): void =>
      this.#giveUp(entry, (outcome) => abandoned(entry.key, outcome, signal?.reason));
    signal?.addEventListener('abort', onAbort, { once: true });
    const timer =
      deadlineMs > longestTimerMs
        ? undefined
        : setTimeout(() => {
            this.#giveUp(entry, (outcome) => timedOut(entry.key, outcome, deadlineMs));
          }, deadlineMs);
    return () => {
      signal?.removeEventListener('abort', onAbort);
      clearTimeout(timer);
    };
  }

  /** Gives a queued call back once no call was sent or answered for the given time. */
  #watchPlace(entry: Entry, placeWithinMs: number): void {
    let timer: NodeJS.Timeout | undefined;
    const release = entry.release;
    entry.release = () => {
      release();
      clearTimeout(timer);
    };
    const check = (): void => {
      const idleMs = performance.now() - this.#progressAtMs;
      if (entry.state !== 'queued') return;
      if (idleMs >= placeWithinMs) this.#giveUp(entry, () => new NoPlaceError(entry.key.name));
      else timer = setTimeout(check, placeWithinMs - idleMs);
    };
    check();
  }

  #giveUp(entry: Entry, errorFor: (outcome: CallOutcome) => Error): void {
    entry.release();
    const error = errorFor(outcomeOf(entry));
    const place = this.#queue.indexOf(entry);
    if (place >= 0) this.#queue.splice(place, 1);
    entry.state = 'abandoned';
    entry.reject(error);
  }
}

function nothingToRelease(): void {
  // Replaced as soon as the entry is watched.
}

function outcomeOf(entry: Entry): CallOutcome {
  return entry.state === 'queued' ? 'not-sent' : 'unknown';
}

function abandoned(key: CallKey, outcome: CallOutcome, reason: unknown): CallAbandonedError {
  const why = reason === undefined ? '' : ` (${messageOf(reason)})`;
  return new CallAbandonedError(`${key.name} was given up${why}.`, outcome, { cause: reason });
}

function timedOut(key: CallKey, outcome: CallOutcome, deadlineMs: number): CallTimeoutError {
  return new CallTimeoutError(`The daemon did not answer ${key.name} within ${deadlineMs} ms.`, outcome);
}

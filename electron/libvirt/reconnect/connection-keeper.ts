import { messageOf } from '../../common/errors.ts';
import type { LibvirtClient } from '../client.ts';
import { ConnectionLostError } from '../rpc/rpc-errors.ts';
import { backoffMs, pause } from './backoff.ts';
import type { LinkState } from './link-state.ts';

export interface KeeperOptions {
  /** The host in words, for messages. */
  readonly name: string;
  /** A new connection, each time. Must end when the signal fires. */
  readonly open: (signal: AbortSignal) => Promise<LibvirtClient>;
  /** False for failures that stay the same until a person does something; they end the attempts. */
  readonly isWorthRetrying?: ((error: unknown) => boolean) | undefined;
  /** Between 0 and 1; for tests. */
  readonly random?: (() => number) | undefined;
}

interface KeeperActions {
  /** Makes a new connection ready for use, before anybody else gets it. */
  prepare(client: LibvirtClient): Promise<void>;
  changed(): void;
}

/** A connection that lived this long proves that the host is well again, so that the pauses start anew. */
const provenMs = 10_000;

/** Keeps one connection open: opens it, opens it again after it broke, and says where it stands. */
export class ConnectionKeeper {
  readonly #options: KeeperOptions;
  readonly #actions: KeeperActions;
  #state: LinkState = { kind: 'idle' };
  #client: LibvirtClient | undefined;
  #attempt = newAttempt();
  #stop = new AbortController();
  #skipPause = new AbortController();

  constructor(options: KeeperOptions, actions: KeeperActions) {
    this.#options = options;
    this.#actions = actions;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** `undefined` while there is no connection. */
  get client(): LibvirtClient | undefined {
    return this.#client;
  }

  /** Settles with the connection, or with what the attempt under way or due next fails with. */
  get next(): Promise<LibvirtClient> {
    return this.#client === undefined ? this.#attempt.promise : Promise.resolve(this.#client);
  }

  /** Connects, unless that is under way; does not wait for the end of a pause. */
  tryNow(): void {
    this.#skipPause.abort();
    if (this.#state.kind === 'idle' || this.#state.kind === 'lost') this.#start();
  }

  /** Takes leave of the daemon; nothing is tried again until the next `tryNow`. */
  async stop(): Promise<void> {
    const client = this.#client;
    this.#stop.abort();
    this.#client = undefined;
    if (this.#state.kind !== 'idle') this.#become({ kind: 'idle' });
    this.#failAttempt(
      new ConnectionLostError(`The connection to ${this.#options.name} was closed.`, 'not-sent'),
    );
    await client?.close();
  }

  #start(): void {
    this.#stop = new AbortController();
    this.#attempt = newAttempt();
    this.#become({ kind: 'connecting' });
    void this.#run(this.#stop.signal);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { isWorthRetrying = () => true, random } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      const { error, livedMs } = await this.#live(signal);
      if (isAborted(signal)) return;
      failures = livedMs >= provenMs ? 1 : failures + 1;
      if (!isWorthRetrying(error)) {
        this.#become({ kind: 'lost', sinceMs: Date.now(), error });
        this.#failAttempt(error);
        return;
      }
      const sinceMs = this.#state.kind === 'reconnecting' ? this.#state.sinceMs : Date.now();
      const delayMs = backoffMs(failures, random);
      this.#skipPause = new AbortController();
      this.#become({ kind: 'reconnecting', sinceMs, error, nextTryMs: Date.now() + delayMs });
      this.#failAttempt(error);
      await pause(delayMs, AbortSignal.any([signal, this.#skipPause.signal]));
    }
  }

  /** One connection from its opening to its end. Never rejects: what ended it is the result. */
  async #live(signal: AbortSignal): Promise<{ error: unknown; livedMs: number }> {
    let client: LibvirtClient | undefined;
    try {
      client = await this.#options.open(signal);
      await this.#actions.prepare(client);
    } catch (error) {
      void client?.close();
      return { error, livedMs: 0 };
    }
    if (signal.aborted) {
      void client.close();
      return { error: signal.reason, livedMs: 0 };
    }
    const openedMs = performance.now();
    this.#client = client;
    this.#become({ kind: 'connected', sinceMs: Date.now() });
    this.#attempt.resolve(client);
    const error = await client.closed;
    if (this.#client === client) {
      this.#client = undefined;
      this.#attempt = newAttempt();
    }
    const ended = new ConnectionLostError(`The connection to ${client.name} was closed.`, 'not-sent');
    return { error: error ?? ended, livedMs: performance.now() - openedMs };
  }

  /** Whoever waits hears of the failure; who asks from now on waits for the next attempt. */
  #failAttempt(error: unknown): void {
    const failed = this.#attempt;
    this.#attempt = newAttempt();
    failed.reject(error instanceof Error ? error : new Error(messageOf(error)));
  }

  #become(state: LinkState): void {
    this.#state = state;
    this.#actions.changed();
  }
}

function newAttempt(): PromiseWithResolvers<LibvirtClient> {
  const attempt = Promise.withResolvers<LibvirtClient>();
  attempt.promise.catch(() => undefined);
  return attempt;
}

/** A function of its own, because a check of `signal.aborted` would be narrowed away across an await. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

import { messageOf } from '../../common/errors.ts';
import type { CallOptions } from '../rpc/call-table.ts';
import { defaultDeadlineMs } from '../rpc/connection.ts';
import { CallAbandonedError, CallTimeoutError } from '../rpc/rpc-errors.ts';

/** The time that one call has, over as many connections as it takes. */
export class CallBudget {
  readonly #name: string;
  readonly #deadlineMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #startedMs = performance.now();

  constructor(procedure: { readonly name: string; readonly longRunning: boolean }, options: CallOptions) {
    this.#name = procedure.name;
    this.#deadlineMs = options.deadlineMs ?? (procedure.longRunning ? Infinity : defaultDeadlineMs);
    this.#signal = options.signal;
  }

  get remainingMs(): number {
    return Math.max(0, this.#deadlineMs - (performance.now() - this.#startedMs));
  }

  /** Fires when an attempt to open a connection for this call has to end. */
  openSignal(): AbortSignal {
    const timeout = AbortSignal.timeout(Math.ceil(Math.min(this.remainingMs, defaultDeadlineMs)));
    return this.#signal === undefined ? timeout : AbortSignal.any([this.#signal, timeout]);
  }

  /**
   * What the promise settles with, unless the time for it or the caller's patience ends first; a call without a
   * deadline waits a minute for a connection.
   *
   * @throws {CallUnansweredError} `not-sent`
   */
  wait<T>(promise: Promise<T>): Promise<T> {
    const limitMs = Math.min(this.remainingMs, defaultDeadlineMs);
    const signal = this.#signal;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        const why = signal?.reason === undefined ? '' : ` (${messageOf(signal.reason)})`;
        reject(
          new CallAbandonedError(`${this.#name} was given up${why}.`, 'not-sent', { cause: signal?.reason }),
        );
      };
      const timer = setTimeout(() => {
        reject(
          new CallTimeoutError(`${this.#name} waited for a connection until its time was over.`, 'not-sent'),
        );
      }, limitMs);
      if (signal?.aborted === true) onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      void promise.then(resolve, reject).finally(() => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      });
    });
  }
}

import { CallAbandonedError } from '../rpc/rpc-errors.ts';

/**
 * The time limit of a handshake. It stands still while a person or another server is asked, and each stretch between
 * two such questions has the whole time.
 */
export class LoginClock implements Disposable {
  /** Fires when the time is over or the caller gave up. */
  readonly signal: AbortSignal;
  /** Fires only when the caller gave up. */
  readonly outerSignal: AbortSignal;
  readonly #limitMs: number;
  readonly #timeout = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(limitMs: number, outerSignal: AbortSignal = new AbortController().signal) {
    this.#limitMs = limitMs;
    this.outerSignal = outerSignal;
    this.signal = AbortSignal.any([this.#timeout.signal, outerSignal]);
    this.#start();
  }

  /** @throws {CallAbandonedError} when the caller gives up meanwhile */
  async pausedWhile<T>(question: () => Promise<T>): Promise<T> {
    clearTimeout(this.#timer);
    const { promise: givenUp, reject } = Promise.withResolvers<never>();
    const onAbort = (): void =>
      reject(
        new CallAbandonedError('The login was given up.', 'not-sent', { cause: this.outerSignal.reason }),
      );
    this.outerSignal.addEventListener('abort', onAbort, { once: true });
    try {
      if (this.outerSignal.aborted) onAbort();
      return await Promise.race([givenUp, question()]);
    } finally {
      this.outerSignal.removeEventListener('abort', onAbort);
      this.#start();
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #start(): void {
    this.#timer = setTimeout(() => this.#timeout.abort(), this.#limitMs);
  }
}

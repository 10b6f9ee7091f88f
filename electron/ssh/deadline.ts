import { SshError } from './errors.ts';

/**
 * A time limit whose clock can be stopped while a person thinks.
 *
 * `signal` aborts when the time is over or when the outer signal does; its reason is always an SshError.
 */
export class Deadline {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #onExpired: () => SshError;
  readonly #outer: AbortSignal | undefined;
  readonly #limitMs: number;
  #remainingMs: number;
  #startedAtMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limitMs: number, onExpired: () => SshError, outer?: AbortSignal) {
    this.signal = this.#controller.signal;
    this.#limitMs = limitMs;
    this.#remainingMs = limitMs;
    this.#onExpired = onExpired;
    this.#outer = outer;
    if (outer?.aborted) this.#cancel();
    else {
      outer?.addEventListener('abort', this.#cancel, { once: true });
      this.#start();
    }
  }

  /** Runs `question` with the clock stopped. Questions are asked one after the other, never nested. */
  async pausedWhile<T>(question: () => Promise<T>): Promise<T> {
    this.#stop();
    try {
      return await abortable(question(), this.signal);
    } finally {
      if (!this.signal.aborted) this.#start();
    }
  }

  /** Gives the whole time again: the other side has shown that it is there. */
  renew(): void {
    const isRunning = this.#timer !== undefined;
    this.#stop();
    this.#remainingMs = this.#limitMs;
    if (isRunning && !this.signal.aborted) this.#start();
  }

  [Symbol.dispose](): void {
    this.#stop();
    this.#outer?.removeEventListener('abort', this.#cancel);
  }

  #start(): void {
    this.#startedAtMs = performance.now();
    this.#timer = setTimeout(() => {
      this.#controller.abort(this.#onExpired());
    }, this.#remainingMs);
  }

  #stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#remainingMs = Math.max(0, this.#remainingMs - (performance.now() - this.#startedAtMs));
  }

  readonly #cancel = (): void => {
    this.#stop();
    this.#controller.abort(cancelled(this.#outer?.reason));
  };
}

export function cancelled(cause?: unknown): SshError {
  return new SshError('ssh-cancelled', 'The SSH operation was cancelled.', {
    cause,
    remedy: 'Start it again when you want to go on.',
  });
}

/** The error for an aborted signal: its reason if that is one of ours, else `ssh-cancelled`. */
export function abortError(signal: AbortSignal): SshError {
  return signal.reason instanceof SshError ? signal.reason : cancelled(signal.reason);
}

/** The promise's outcome, or a rejection with abortError() if the signal comes first. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(abortError(signal));
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}

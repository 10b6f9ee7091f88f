import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../electron/engine/clock.ts';

interface Timer {
  atMs: number;
  ring: () => void;
}

/** Time that passes only when nothing else can happen: deterministic, and hours take no time. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #timers: Timer[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer: Timer = {
      atMs: this.#nowMs + ms,
      ring: () => {
        resolve(undefined);
      },
    };
    this.#timers.push(timer);
    const cut = (): void => {
      this.#timers = this.#timers.filter((other) => other !== timer);
      timer.ring();
    };
    signal?.addEventListener('abort', cut, { once: true });
    await promise;
    signal?.removeEventListener('abort', cut);
  }

  /** Lets time pass until `promise` settles. */
  async until<T>(promise: Promise<T>, limitMs = 24 * 3_600_000): Promise<T> {
    const settled = new AbortController();
    const settle = (): void => {
      settled.abort();
    };
    promise.then(settle, settle);
    for (;;) {
      await setImmediate();
      if (settled.signal.aborted) return promise;
      this.#timers.sort((a, b) => a.atMs - b.atMs);
      const timer = this.#timers.shift();
      if (timer === undefined) throw new Error('Nothing would ever happen again: the run hangs.');
      if (timer.atMs > limitMs) throw new Error(`Nothing came to an end within ${limitMs} ms.`);
      this.#nowMs = Math.max(this.#nowMs, timer.atMs);
      timer.ring();
    }
  }
}

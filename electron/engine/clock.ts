import { setTimeout as sleep } from 'node:timers/promises';

/** Time as the engine sees it, so that tests decide how it passes. */
export interface Clock {
  /** Milliseconds from an arbitrary start, never falling. */
  nowMs(): number;
  /** Resolves after `ms`, or at once when `signal` fires. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await sleep(ms, undefined, signal === undefined ? {} : { signal });
    } catch {
      // Woken by the signal, as promised.
    }
  },
};

import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../electron/common/errors.ts';
import { LabError } from './errors.ts';

export interface WaitOptions {
  timeoutMs: number;
  /** Pause between two probes; default 200 ms. */
  intervalMs?: number;
  signal?: AbortSignal;
}

/**
 * Probes until there is an answer: any value but `undefined`.
 *
 * @param what the condition as a clause, for the message: "beta.lab answers on port 22"
 * @throws {LabError} `lab-timeout`, saying what did not happen and what the last probe said
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined>,
  options: WaitOptions,
): Promise<T> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    let lastError: unknown;
    try {
      const answer = await probe();
      if (answer !== undefined) return answer;
    } catch (error) {
      lastError = error;
    }
    options.signal?.throwIfAborted();
    if (performance.now() >= deadline) {
      const because = lastError === undefined ? '' : `; the last try said: ${messageOf(lastError)}`;
      const message = `did not happen within ${options.timeoutMs} ms: ${what}${because}`;
      throw new LabError('lab-timeout', message, { cause: lastError });
    }
    await delay(options.intervalMs ?? 200, undefined, options.signal ? { signal: options.signal } : {});
  }
}

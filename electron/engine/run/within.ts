import { ViaductError } from '../../common/errors.ts';
import type { Clock } from '../clock.ts';

/** No answer came in time; what was asked may still happen. */
export class NoAnswerError extends ViaductError {
  constructor(what: string, ms: number) {
    super('engine.no-answer', `No answer to ${what} within ${Math.round(ms / 1000)} s.`);
  }
}

/**
 * Runs `task` for at most `ms` by the given clock; its signal fires when the time is up.
 *
 * @throws NoAnswerError when the time is up; the task's own rejection otherwise.
 */
export async function within<T>(
  clock: Clock,
  ms: number,
  what: string,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const answered = new AbortController();
  const running = task(late.signal);
  const expire = async (): Promise<never> => {
    await clock.sleep(ms, answered.signal);
    throw new NoAnswerError(what, ms);
  };
  try {
    return await Promise.race([running, expire()]);
  } catch (error) {
    late.abort(error);
    throw error;
  } finally {
    answered.abort();
  }
}

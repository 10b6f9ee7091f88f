import { ViaductError } from './errors.ts';

/**
 * What the attempt settles with, unless the signal fires first. The attempt goes on either way.
 *
 * @throws ViaductError `cancelled`
 */
export function untilAborted<T>(attempt: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return attempt;
  return new Promise((resolve, reject) => {
    const giveUp = () =>
      reject(
        new ViaductError('cancelled', 'Waiting for the connection was given up.', { cause: signal.reason }),
      );
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    attempt.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

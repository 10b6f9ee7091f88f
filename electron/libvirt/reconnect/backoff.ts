const firstDelayMs = 1000;
const longestDelayMs = 30_000;

/**
 * The pause after the given number of failures in a row: anything up to 1 s, 2 s, 4 s and so on to 30 s. The full
 * jitter keeps the clients of a daemon that restarts from coming back all at once.
 */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const most = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.max(0, failures - 1));
  return Math.round(random() * most);
}

/** Resolves after the time, or at once when the signal fires. */
export function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}

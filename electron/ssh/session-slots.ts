import { abortable, abortError } from './deadline.ts';
import type { Link } from './link.ts';

/** OpenSSH allows 10 sessions on one connection (MaxSessions); two are left for whoever else shares it. */
const DEFAULT_LIMIT = 8;

/**
 * Keeps the number of exec and SFTP sessions on one connection within what the server allows.
 *
 * Callers wait their turn. If the server refuses a session while others are open, its limit is taken to be what
 * is open, and the refused one waits for the next to end.
 */
export class SessionSlots {
  #limit = DEFAULT_LIMIT;
  #used = 0;
  readonly #waiting: ((turn: undefined) => void)[] = [];

  /** Opens a session when there is room. Call what it returns as `release` once the session has ended. */
  async open<T>(
    openSession: () => Promise<T>,
    isRefusal: (error: unknown) => boolean,
    signal: AbortSignal,
  ): Promise<{ session: T; release: () => void }> {
    for (;;) {
      await this.#acquire(signal);
      try {
        return { session: await openSession(), release: this.#releaseOnce() };
      } catch (error) {
        this.#used--;
        if (!isRefusal(error) || this.#used === 0) {
          this.#wakeNext();
          throw error;
        }
        this.#limit = this.#used;
      }
    }
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    while (this.#used >= this.#limit) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.#waiting.push(resolve);
      try {
        await abortable(promise, signal);
      } catch (error) {
        const index = this.#waiting.indexOf(resolve);
        if (index >= 0) this.#waiting.splice(index, 1);
        else this.#wakeNext();
        throw error;
      }
    }
    if (signal.aborted) throw abortError(signal);
    this.#used++;
  }

  #releaseOnce(): () => void {
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.#used--;
      this.#wakeNext();
    };
  }

  #wakeNext(): void {
    this.#waiting.shift()?.(undefined);
  }
}

/**
 * Opens an exec or SFTP session in a free slot.
 *
 * If the caller gives up while the server still thinks, the session is closed with `dispose` once it opens.
 */
export function openSession<T>(
  link: Link,
  slots: SessionSlots,
  start: (done: (error: Error | undefined, session: T | undefined) => void) => void,
  dispose: (session: T) => void,
  signal: AbortSignal,
): Promise<{ session: T; release: () => void }> {
  const open = async (): Promise<T> => {
    link.assertOpen();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    start((error, session) => {
      if (session === undefined) reject(link.brokenBy ?? error ?? new Error('no session'));
      else if (signal.aborted) dispose(session);
      else resolve(session);
    });
    return await abortable(promise, signal);
  };
  return slots.open(open, isChannelRefused, signal);
}

/** Whether the server declined to open a channel (ssh2 gives such an error the reason code of RFC 4254, 5.1). */
function isChannelRefused(error: unknown): boolean {
  return channelRefusal(error) !== undefined;
}

export function channelRefusal(error: unknown): number | undefined {
  return error instanceof Error && 'reason' in error && typeof error.reason === 'number'
    ? error.reason
    : undefined;
}

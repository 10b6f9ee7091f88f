import { abortable, abortError } from './deadline.ts';
import type { Link } from './link.ts';

/** OpenSSH allows 10 sessions on one connection (MaxSessions); two are left for whoever else shares it. */
const LIMIT = 8;
/** A server that has just ended a session may count it still; so a refusal is not final at once. */
const RETRY_AFTER_MS = 100;
const MAX_REFUSALS_WHEN_ALONE = 5;

/**
 * Keeps the number of exec and SFTP sessions on one connection within what the server allows.
 *
 * Callers wait their turn. A server that allows fewer refuses some: those try again whenever a session has ended. Only
 * a refusal while nothing else is open, and not just once, is reported.
 */
export class SessionSlots {
  #used = 0;
  #open = 0;
  #attempts = 0;
  readonly #pending = new Set<number>();
  readonly #waiting: ((turn: undefined) => void)[] = [];
  readonly #refused = new Set<(turn: undefined) => void>();

  /** Opens a session when there is room. Call what it returns as `release` once the session has ended. */
  async open<T>(
    openSession: () => Promise<T>,
    isRefusal: (error: unknown) => boolean,
    signal: AbortSignal,
  ): Promise<{ session: T; release: () => void }> {
    await this.#acquire(signal);
    try {
      for (let refusalsAlone = 0; ;) {
        const attempt = this.#attempts++;
        this.#pending.add(attempt);
        try {
          const session = await openSession();
          this.#open++;
          return { session, release: this.#releaseOnce() };
        } catch (error) {
          if (this.#isAlone(attempt)) refusalsAlone++;
          if (!isRefusal(error) || refusalsAlone >= MAX_REFUSALS_WHEN_ALONE) throw error;
        } finally {
          this.#pending.delete(attempt);
        }
        await this.#someSessionEnds(signal);
      }
    } catch (error) {
      this.#freeSlot();
      throw error;
    }
  }

  /** The server answers in order: who asked before and has no answer yet was let in, and is being set up. */
  #isAlone(attempt: number): boolean {
    return this.#open === 0 && ![...this.#pending].some((other) => other < attempt);
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    while (this.#used >= LIMIT) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.#waiting.push(resolve);
      try {
        await abortable(promise, signal);
      } catch (error) {
        const index = this.#waiting.indexOf(resolve);
        if (index >= 0) this.#waiting.splice(index, 1);
        else this.#waiting.shift()?.(undefined);
        throw error;
      }
    }
    if (signal.aborted) throw abortError(signal);
    this.#used++;
  }

  /** Waits until a session has ended, or for a short while. */
  async #someSessionEnds(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#refused.add(resolve);
    const timer = setTimeout(resolve, RETRY_AFTER_MS, undefined);
    try {
      await abortable(promise, signal);
    } finally {
      clearTimeout(timer);
      this.#refused.delete(resolve);
    }
  }

  #releaseOnce(): () => void {
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.#open--;
      for (const wake of this.#refused) wake(undefined);
      this.#freeSlot();
    };
  }

  #freeSlot(): void {
    this.#used--;
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

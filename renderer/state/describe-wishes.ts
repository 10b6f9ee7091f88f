import type { maxDescribed } from '../../electron/ipc/contract.ts';

/** The contract's bound; the compiler holds the two to be the same. */
export const describedAtOnce: typeof maxDescribed = 200;

/** Wishes of this time go together: what scrolls by within it is asked for once. */
const gatherMs = 50;

/** Gathers which guests' definitions the screen wants to be read, and asks for each once. */
export class DescribeWishes {
  readonly #ask: (hostId: string, uuids: string[]) => void;
  readonly #asked = new Map<string, Set<string>>();
  readonly #waiting = new Map<string, Set<string>>();
  #sending = false;

  constructor(ask: (hostId: string, uuids: string[]) => void) {
    this.#ask = ask;
  }

  add(hostId: string, uuid: string): void {
    const asked = this.#asked.get(hostId) ?? new Set();
    if (asked.has(uuid)) return;
    this.#asked.set(hostId, asked.add(uuid));
    this.#waiting.set(hostId, (this.#waiting.get(hostId) ?? new Set()).add(uuid));
    if (this.#sending) return;
    this.#sending = true;
    setTimeout(() => this.#send(), gatherMs);
  }

  /** The host is gone: what was asked may never be answered, and is asked again when it is back. */
  forget(hostId: string): void {
    this.#asked.delete(hostId);
    this.#waiting.delete(hostId);
  }

  #send(): void {
    this.#sending = false;
    for (const [hostId, uuids] of this.#waiting) {
      const all = [...uuids];
      for (let start = 0; start < all.length; start += describedAtOnce) {
        this.#ask(hostId, all.slice(start, start + describedAtOnce));
      }
    }
    this.#waiting.clear();
  }
}

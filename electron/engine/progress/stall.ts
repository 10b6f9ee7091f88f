/** What stands still while a guest is copied. */
export interface Stall {
  /** `figures`: the source's daemon does not answer. `data`: it does, and no byte has gone to the destination. */
  what: 'figures' | 'data';
  forMs: number;
}

/** Shorter than this is a slow answer, or a guest that is throttled. */
export const stalledAfterMs = 15_000;

/** Notices that a copy stands still, from what the source's daemon says of it. */
export class StallWatch {
  #answeredAtMs: number;
  #movedAtMs: number;
  #processedBytes = 0;

  constructor(nowMs: number) {
    this.#answeredAtMs = nowMs;
    this.#movedAtMs = nowMs;
  }

  /** @param hasAll nothing remains to be sent: then the hosts switch over, and no byte is owed */
  answered(processedBytes: number, hasAll: boolean, nowMs: number): void {
    this.#answeredAtMs = nowMs;
    if (hasAll || processedBytes !== this.#processedBytes) this.#movedAtMs = nowMs;
    this.#processedBytes = processedBytes;
  }

  at(nowMs: number): Stall | undefined {
    const unansweredMs = nowMs - this.#answeredAtMs;
    if (unansweredMs >= stalledAfterMs) return { what: 'figures', forMs: unansweredMs };
    const unmovedMs = nowMs - this.#movedAtMs;
    return unmovedMs >= stalledAfterMs ? { what: 'data', forMs: unmovedMs } : undefined;
  }
}

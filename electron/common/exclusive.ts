import { BadInputError } from './errors.ts';

interface Held {
  what: string;
  changesHosts: boolean;
}

/** Lets one long piece of work run at a time, among several that would get in each other's way on the hosts. */
export class Exclusive {
  #held: Held | undefined;

  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  /** Whether what runs now changes hosts, so that ending it half way has to be thought about. */
  get changesHosts(): boolean {
    return this.#held?.changesHosts ?? false;
  }

  /** @throws BadInputError `busy`, as `take` would. */
  requireFree(): void {
    if (this.#held === undefined) return;
    throw new BadInputError('busy', `One thing at a time: ${this.#held.what}.`, {
      side: 'client',
      remedy: 'Wait until that has ended, or cancel it.',
    });
  }

  /**
   * Begins a piece of work; `what` completes "One thing at a time: ...", as "certificates are being renewed".
   *
   * @returns the function that ends it.
   * @throws BadInputError `busy`, with what runs.
   */
  take(what: string, { changesHosts }: { changesHosts: boolean }): () => void {
    this.requireFree();
    const held: Held = { what, changesHosts };
    this.#held = held;
    return () => {
      if (this.#held === held) this.#held = undefined;
    };
  }
}

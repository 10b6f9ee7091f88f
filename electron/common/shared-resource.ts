import { ViaductError } from './errors.ts';
import { untilAborted } from './until-aborted.ts';

/**
 * One resource for many users: opened for the first, shared by those after, opened anew once it has ended.
 *
 * An attempt belongs to all who wait for it: a user that gives up stops waiting and the attempt goes on.
 */
export class SharedResource<T> {
  readonly #open: (signal: AbortSignal) => Promise<T>;
  readonly #ended: (resource: T) => Promise<unknown>;
  #current: { attempt: Promise<T>; stop: AbortController } | undefined;

  /** `ended` tells when a resource is of no more use. */
  constructor(open: (signal: AbortSignal) => Promise<T>, ended: (resource: T) => Promise<unknown>) {
    this.#open = open;
    this.#ended = ended;
  }

  use(signal?: AbortSignal): Promise<T> {
    if (!this.#current) {
      const stop = new AbortController();
      const current = { attempt: this.#open(stop.signal), stop };
      this.#current = current;
      const forget = () => {
        if (this.#current === current) this.#current = undefined;
      };
      current.attempt.then((resource) => this.#ended(resource).then(forget, forget), forget);
    }
    return untilAborted(this.#current.attempt, signal);
  }

  /** Gives up an attempt under way, and calls `close` with a resource that is open. The next use opens anew. */
  async drop(close: (resource: T) => unknown): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    if (!current) return;
    current.stop.abort(new ViaductError('cancelled', 'The connection was given up.'));
    await current.attempt.then(close, () => undefined);
  }
}

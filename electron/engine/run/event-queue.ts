import type { MigrationEvent } from '../state/migration-event.ts';

/** Events in the order in which they happened, for one reader. */
export class EventQueue {
  readonly #events: MigrationEvent[] = [];
  #wake: (() => void) | undefined;

  push(...events: readonly MigrationEvent[]): void {
    this.#events.push(...events);
    this.wake();
  }

  take(): MigrationEvent | undefined {
    return this.#events.shift();
  }

  /** Ends a wait although there is no event. */
  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Resolves when there may be an event to take. */
  async wait(): Promise<void> {
    if (this.#events.length > 0) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#wake = () => {
      resolve(undefined);
    };
    await promise;
  }
}

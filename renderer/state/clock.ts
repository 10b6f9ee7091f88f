import { createSubscriber } from 'svelte/reactivity';

/** The wall clock, ticking once a second only while something on the screen reads it. */
class Clock {
  readonly #subscribe = createSubscriber((update) => {
    const timer = setInterval(update, 1000);
    return () => clearInterval(timer);
  });

  /** Milliseconds since 1970. */
  get nowMs(): number {
    this.#subscribe();
    return Date.now();
  }
}

export const clock = new Clock();

import type { EventName, Events } from './contract.ts';

export type EventListener = <E extends EventName>(event: E, payload: Events[E]) => void;

/** What a shell carries to the screen: checked calls in, events out. */
export interface Backend {
  /**
   * Answers one call. `command` and `request` come from outside and are checked here; a bad one, and every failure,
   * is an `ok: false` reply. Never rejects.
   */
  dispatch(command: unknown, request: unknown): Promise<unknown>;
  /** Returns the function that ends the subscription. */
  subscribe(listener: EventListener): () => void;
  /** The migrations that this backend drives and that its end would cut off; shells warn before they quit. */
  running(): number;
  /** Closes every connection; pending prompts are refused. */
  close(): Promise<void>;
}

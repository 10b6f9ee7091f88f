import type { EventName, Events } from './contract.ts';

export type EventListener = <E extends EventName>(event: E, payload: Events[E]) => void;

/** One window or browser page with the screen. */
export interface BackendClient {
  /**
   * Answers one call. `command` and `request` come from outside and are checked here; a bad one, and every failure,
   * is an `ok: false` reply. Never rejects.
   */
  dispatch(command: unknown, request: unknown): Promise<unknown>;
  /** The client is gone: nothing more is told to it, and its terminals end. */
  detach(): void;
}

/** What a shell carries to the screen: checked calls in, events out. */
export interface Backend {
  /** `listener` hears what concerns everybody, and of terminals those of this client. */
  attach(listener: EventListener): BackendClient;
  /** For the shell's own use: what concerns everybody. Returns the function that ends the subscription. */
  subscribe(listener: EventListener): () => void;
  /** The migrations, and changes of hosts, that its end would cut off; shells warn before they quit. */
  running(): number;
  /** Closes every connection and terminal; pending prompts are refused. */
  close(): Promise<void>;
}

import type { Command, EventName, Events, Reply, Request } from './contract.ts';

/**
 * What a shell gives the screen: one call and one subscription. The desktop shell exposes it from the preload as
 * `window.viaduct`; the browser shell makes it over a WebSocket.
 */
export interface Channel {
  call<C extends Command>(command: C, request: Request<C>): Promise<Reply<C>>;
  /** Returns the function that ends the subscription. */
  on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void;
  /** Tells when the way to the other process is gone and when it is back. Never fires in the desktop shell. */
  onLink(listener: (state: 'up' | 'down') => void): () => void;
}

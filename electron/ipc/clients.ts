import { TerminalDesk } from '../terminals/terminal-desk.ts';
import type { BackendClient, EventListener } from './backend.ts';
import type { Events } from './contract.ts';
import type { Dispatch } from './dispatch.ts';
import type { EventHub } from './event-hub.ts';

/** The windows and browser pages that show the screen, each with what belongs to it alone. */
export class Clients {
  readonly #events: EventHub;
  readonly #dispatch: Dispatch;
  readonly #terminals = new Set<TerminalDesk>();

  constructor(events: EventHub, dispatch: Dispatch) {
    this.#events = events;
    this.#dispatch = dispatch;
  }

  attach(listener: EventListener): BackendClient {
    let attached = true;
    const terminals = new TerminalDesk((event, payload) => {
      // Events holds TerminalEvents, which TypeScript does not see through the type parameter.
      if (attached) listener(event, payload as Events[typeof event]);
    });
    this.#terminals.add(terminals);
    const unsubscribe = this.#events.subscribe(listener);
    return {
      dispatch: (command, request) => this.#dispatch(command, request, { terminals }),
      detach: () => {
        attached = false;
        unsubscribe();
        void terminals.closeAll().finally(() => this.#terminals.delete(terminals));
      },
    };
  }

  /** Ends every terminal. */
  async close(): Promise<void> {
    await Promise.all([...this.#terminals].map((terminals) => terminals.closeAll()));
  }
}

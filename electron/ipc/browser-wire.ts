import type { Command, EventName, Events, Reply } from './contract.ts';

/*
 * How the contract crosses the WebSocket of the browser shell. Every frame is text, made by devalue's `stringify`
 * and read by its `parse`, so that undefined, bigint and bytes survive.
 *
 * The address that `viaduct serve` prints ends in `#token=<token>`. The page takes the token out of the address bar
 * and offers it as the one subprotocol, `viaduct.<token>`; it is spent by that. The first frame from the server
 * is a {@link SessionFrame}; the page keeps its secret for this tab and reconnects with `viaduct-session.<secret>`.
 */

export const socketPath = '/channel';
export const tokenFragment = '#token=';
export const tokenProtocol = 'viaduct.';
export const sessionProtocol = 'viaduct-session.';

/** Longest frame in bytes that the server takes. */
export const frameLimitBytes = 1024 * 1024;

/** Why the server closed the socket, beside the standard 1001 (it ends) and 1009 (frame too big). */
export const closeCodes = {
  /** A frame that is not text, not devalue or not a {@link CallFrame}. */
  malformed: 4400,
  /** Wrong or spent token, unknown session: reconnecting does not help, a fresh address does. */
  unauthorised: 4401,
  /** The page does not read fast enough, or asks too much at once: reconnect and list afresh. */
  overloaded: 4429,
} as const;

/** From the page: one call. `id` is the page's own number for it. */
export interface CallFrame {
  id: number;
  command: Command;
  request: unknown;
}

/** To the page, once, first. */
export interface SessionFrame {
  session: string;
}

/** To the page: the answer to the call with this `id`. */
export interface ReplyFrame {
  id: number;
  reply: Reply<Command>;
}

/** To the page. */
export type EventFrame = { [E in EventName]: { event: E; payload: Events[E] } }[EventName];

export type ServerFrame = SessionFrame | ReplyFrame | EventFrame;

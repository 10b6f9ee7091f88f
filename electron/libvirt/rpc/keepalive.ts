import { encodeFrame } from './frame-decoder.ts';
import { messageStatuses, messageTypes } from './header.ts';
import { programs, protocolVersion } from '../protocol/procedure.ts';

export interface KeepaliveOptions {
  /** Silence after which a ping goes out; 0 turns our pings off (the peer's are always answered). */
  readonly intervalMs: number;
  /** Pings without an answer before the peer counts as dead: after intervalMs x (count + 1). */
  readonly count: number;
}

/** A dead link is seen after 25 s, well within the 30 s that are promised. */
export const defaultKeepalive: KeepaliveOptions = { intervalMs: 5000, count: 4 };

/** Procedures of the `keepalive` program (virkeepaliveprotocol.x). */
export const keepaliveProcedures = { ping: 1, pong: 2 } as const;

function keepalivePacket(procedure: number): Uint8Array {
  const header = {
    program: programs.keepalive,
    version: protocolVersion,
    procedure,
    type: messageTypes.message,
    serial: 0,
    status: messageStatuses.ok,
  };
  return encodeFrame(header, new Uint8Array(0));
}

export const pingPacket = keepalivePacket(keepaliveProcedures.ping);
export const pongPacket = keepalivePacket(keepaliveProcedures.pong);

export type KeepaliveVerdict = 'wait' | 'ping' | 'dead';

/**
 * When to ping and when to give up, without a clock of its own.
 *
 * Counts from the later of the last packet and the last ping, so a workstation that wakes from sleep first asks
 * the peer and does not declare it dead for the time it slept itself.
 */
export class KeepaliveState {
  readonly #options: KeepaliveOptions;
  #sinceMs: number;
  #unanswered = 0;

  constructor(options: KeepaliveOptions, nowMs: number) {
    this.#options = options;
    this.#sinceMs = nowMs;
  }

  /** A whole packet arrived: any packet proves that the peer lives. */
  heard(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#unanswered = 0;
  }

  /** How long until `check` has something new to say. */
  msUntilDue(nowMs: number): number {
    return Math.max(0, this.#sinceMs + this.#options.intervalMs - nowMs);
  }

  check(nowMs: number): KeepaliveVerdict {
    if (this.msUntilDue(nowMs) > 0) return 'wait';
    if (this.#unanswered >= this.#options.count) return 'dead';
    this.#unanswered += 1;
    this.#sinceMs = nowMs;
    return 'ping';
  }
}

import type { Header } from './header.ts';
import type { RpcLogger } from './rpc-log.ts';

/** Warnings about a peer's odd packets before the log is spared the rest. */
const maxWarnings = 50;

/** What is odd about the packets of one peer, in the log. */
export class PeerLog {
  readonly #peer: string;
  readonly #logger: RpcLogger;
  #warnings = 0;

  constructor(peer: string, logger: RpcLogger) {
    this.#peer = peer;
    this.#logger = logger;
  }

  /** `what` completes the sentence "(the peer) sent ...". */
  warn(what: string, header: Header): void {
    this.#warnings += 1;
    if (this.#warnings <= maxWarnings) this.#write('warn', what, header);
  }

  debug(what: string, header: Header): void {
    this.#write('debug', what, header);
  }

  #write(level: 'debug' | 'warn', what: string, header: Header): void {
    const { program, procedure, type, serial, status } = header;
    const details = { program, procedure, type, serial, status };
    this.#logger({ level, message: `${this.#peer} sent ${what}.`, details });
  }
}

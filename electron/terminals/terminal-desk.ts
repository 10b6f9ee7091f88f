import { BadInputError } from '../common/errors.ts';
import { Terminal, type OpenSource } from './terminal.ts';
import type { TerminalSize } from './terminal-source.ts';

/** Terminals that one client may have open. */
export const maxTerminals = 16;

export interface TerminalEvents {
  terminalOpened: { terminalId: string };
  /** The next bytes of the terminal, in order; none is left out. */
  terminalData: { terminalId: string; bytes: Uint8Array };
  /** The last that is heard of it. `code` is `console-busy` when somebody else has the console open. */
  terminalEnded: {
    terminalId: string;
    sentence: string;
    remedy: string | undefined;
    code: string | undefined;
  };
}

export type EmitTerminalEvent = <E extends keyof TerminalEvents>(
  event: E,
  payload: TerminalEvents[E],
) => void;

/** The terminals of one client of the screen, by the ids it gave them. They end with it. */
export class TerminalDesk {
  readonly #emit: EmitTerminalEvent;
  readonly #open = new Map<string, Terminal>();

  constructor(emit: EmitTerminalEvent) {
    this.#emit = emit;
  }

  /** Starts to open it; how that went is told by events. @throws BadInputError for an id in use, or one too many */
  open(terminalId: string, size: TerminalSize, open: OpenSource): void {
    if (this.#open.has(terminalId)) {
      throw new BadInputError('terminal-known', 'There is a terminal with that id already.');
    }
    if (this.#open.size >= maxTerminals) {
      throw new BadInputError('terminals-too-many', `${maxTerminals} terminals are open already.`, {
        remedy: 'Close one that is not needed.',
      });
    }
    const terminal = new Terminal(open, size, {
      opened: () => this.#emit('terminalOpened', { terminalId }),
      data: (bytes) => this.#emit('terminalData', { terminalId, bytes }),
      ended: (ending) => {
        this.#open.delete(terminalId);
        this.#emit('terminalEnded', { terminalId, ...ending });
      },
    });
    this.#open.set(terminalId, terminal);
  }

  /** @throws BadInputError `terminal-over` when it is not there (any more). */
  get(terminalId: string): Terminal {
    const terminal = this.#open.get(terminalId);
    if (terminal) return terminal;
    throw new BadInputError('terminal-over', 'That terminal is no longer open.');
  }

  /** Without effect on one that is over. */
  async close(terminalId: string): Promise<void> {
    await this.#open.get(terminalId)?.close();
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open.values()].map((terminal) => terminal.close()));
  }
}

import { call, type Channel } from '../bridge.ts';
import { problemOf } from './problem.ts';

/** What a tab of the drawer is about. */
export type TerminalTarget =
  | { kind: 'guest-console'; hostId: string; guestUuid: string; title: string }
  | { kind: 'host-shell'; hostId: string; title: string };

export type TerminalState =
  | { kind: 'connecting' }
  | { kind: 'connected' }
  | { kind: 'ended'; sentence: string; remedy: string | undefined; busy: boolean };

export interface TerminalSize {
  columns: number;
  rows: number;
}

/** Takes what comes; calls back when it has been drawn. */
export type TerminalSink = (bytes: Uint8Array, drawn: () => void) => void;

/** Drawn and not acknowledged yet; well below the window that the other process keeps. */
const acknowledgeBytes = 64 * 1024;
/** Of one write; the contract takes twice that. */
const pieceBytes = 16 * 1024;

const encoder = new TextEncoder();

/** One tab of the drawer: the same target may be opened again after it ended, each time under a new id. */
export class TerminalSession {
  readonly tabId: string;
  readonly target: TerminalTarget;
  state = $state.raw<TerminalState>({ kind: 'connecting' });
  readonly #channel: Channel;
  #terminalId: string | undefined;
  #sink: TerminalSink | undefined;
  #drawnBytes = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(channel: Channel, tabId: string, target: TerminalTarget) {
    this.#channel = channel;
    this.tabId = tabId;
    this.target = target;
  }

  get terminalId(): string | undefined {
    return this.#terminalId;
  }

  /** Opens it, or opens it again. `force` takes a console over. */
  open(size: TerminalSize, sink: TerminalSink, force = false): void {
    const terminalId = crypto.randomUUID();
    this.#terminalId = terminalId;
    this.#sink = sink;
    this.#drawnBytes = 0;
    this.#writing = Promise.resolve();
    this.state = { kind: 'connecting' };
    const { kind, hostId } = this.target;
    const request =
      kind === 'host-shell'
        ? { kind, terminalId, ...size, hostId }
        : { kind, terminalId, ...size, hostId, guestUuid: this.target.guestUuid, force };
    call(this.#channel, 'terminals.open', request).catch((error: unknown) => {
      const { sentence, remedy } = problemOf(error);
      if (this.#terminalId === terminalId) this.end(sentence, remedy);
    });
  }

  opened(): void {
    this.state = { kind: 'connected' };
  }

  receive(bytes: Uint8Array): void {
    const terminalId = this.#terminalId;
    this.#sink?.(bytes, () => {
      this.#drawnBytes += bytes.length;
      if (terminalId === undefined || this.#drawnBytes < acknowledgeBytes) return;
      const drawn = this.#drawnBytes;
      this.#drawnBytes = 0;
      this.#tell('terminals.acknowledge', { terminalId, bytes: drawn });
    });
  }

  end(sentence: string, remedy?: string, busy = false): void {
    this.#terminalId = undefined;
    this.state = { kind: 'ended', sentence, remedy, busy };
  }

  /** Sends what was typed or pasted, in order and a piece at a time. */
  type(text: string): void {
    this.typeBytes(encoder.encode(text));
  }

  typeBytes(bytes: Uint8Array): void {
    const terminalId = this.#terminalId;
    if (terminalId === undefined || this.state.kind !== 'connected') return;
    for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
      const piece = bytes.slice(offset, offset + pieceBytes);
      this.#writing = this.#writing.then(async () => {
        if (this.#terminalId !== terminalId) return;
        await call(this.#channel, 'terminals.write', { terminalId, bytes: piece }).catch(() => undefined);
      });
    }
  }

  resize(size: TerminalSize): void {
    if (this.#terminalId !== undefined) {
      this.#tell('terminals.resize', { terminalId: this.#terminalId, ...size });
    }
  }

  close(): void {
    if (this.#terminalId !== undefined) this.#tell('terminals.close', { terminalId: this.#terminalId });
    this.#terminalId = undefined;
  }

  /** A terminal that ended in the meantime is told by its event; there is nothing to add. */
  #tell(...[command, request]: TerminalCall): void {
    call(this.#channel, command, request).catch(() => undefined);
  }
}

type TerminalCall =
  | ['terminals.acknowledge', { terminalId: string; bytes: number }]
  | ['terminals.resize', { terminalId: string } & TerminalSize]
  | ['terminals.close', { terminalId: string }];

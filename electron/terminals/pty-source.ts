import { constants, homedir } from 'node:os';
import type * as NodePty from 'node-pty';
import { ViaductError } from '../common/errors.ts';
import type { TerminalSize, TerminalSource } from './terminal-source.ts';

/** Read from the program and not yet taken; above it the program is made to wait. */
const highWaterBytes = 64 * 1024;
/** How long a program may take to end after the hang-up. */
const hangUpMs = 2000;

const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

async function loadPty(): Promise<typeof NodePty> {
  try {
    return await import('node-pty');
  } catch (cause) {
    throw new ViaductError('terminal-not-built', 'This copy of Viaduct was built without its terminal.', {
      cause,
      side: 'client',
      remedy: 'Install a C++ compiler (Debian: g++), run "npm run build" and start Viaduct again.',
    });
  }
}

/**
 * Runs a program of this machine in a terminal of its own, in the user's home and environment.
 *
 * @param argv the program and its arguments, handed over as they are
 * @throws ViaductError `terminal-not-built` where the addon is missing, `program-missing` when it cannot be started
 */
export async function runInPty(argv: readonly string[], size: TerminalSize): Promise<TerminalSource> {
  const { spawn } = await loadPty();
  const [program = '', ...args] = argv;
  try {
    const pty = spawn(program, args, {
      name: 'xterm-256color',
      cols: size.columns,
      rows: size.rows,
      cwd: homedir(),
      env: process.env,
      encoding: null,
    });
    return new PtySource(pty, program);
  } catch (cause) {
    throw new ViaductError('program-missing', `${program} could not be started on this computer.`, {
      cause,
      side: 'client',
    });
  }
}

class PtySource implements TerminalSource {
  readonly #pty: NodePty.IPty;
  readonly #program: string;
  readonly #exited: Promise<string>;
  readonly #chunks: Uint8Array[] = [];
  #bufferedBytes = 0;
  #over = false;
  #wake: (() => void) | undefined;

  constructor(pty: NodePty.IPty, program: string) {
    this.#pty = pty;
    this.#program = program;
    // With no encoding, data comes as bytes; the types of node-pty know only text.
    pty.onData((data: unknown) => this.#take(data as Buffer));
    this.#exited = new Promise((resolve) => {
      pty.onExit(({ exitCode, signal }) => {
        this.#over = true;
        this.#rouse();
        resolve(this.#sentence(exitCode, signal));
      });
    });
  }

  get output(): AsyncIterable<Uint8Array> {
    return this.#read();
  }

  write(bytes: Uint8Array): Promise<void> {
    if (!this.#over) this.#pty.write(Buffer.from(bytes));
    return Promise.resolve();
  }

  resize({ columns, rows }: TerminalSize): void {
    if (!this.#over) this.#pty.resize(columns, rows);
  }

  ending(): Promise<string> {
    return this.#exited;
  }

  /** Hangs up, as closing a terminal window does, and ends what does not go by that. */
  async close(): Promise<void> {
    if (this.#over) return;
    this.#pty.resume();
    this.#signal('SIGHUP');
    const timer = setTimeout(() => this.#signal('SIGKILL'), hangUpMs);
    await this.#exited;
    clearTimeout(timer);
  }

  /** To the program and what it started: it leads a session and a process group of its own. */
  #signal(signal: 'SIGHUP' | 'SIGKILL'): void {
    try {
      if (process.platform === 'win32') this.#pty.kill();
      else process.kill(-this.#pty.pid, signal);
    } catch {
      // It has ended in the meantime.
    }
  }

  #sentence(exitCode: number, signal: number | undefined): string {
    if (signal) return `${this.#program} was ended by ${signalNames.get(signal) ?? `signal ${signal}`}.`;
    return exitCode === 0 ? 'The session has ended.' : `${this.#program} ended with exit code ${exitCode}.`;
  }

  #take(data: Buffer): void {
    this.#chunks.push(Uint8Array.from(data));
    this.#bufferedBytes += data.length;
    if (this.#bufferedBytes > highWaterBytes) this.#pty.pause();
    this.#rouse();
  }

  #rouse(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#bufferedBytes -= chunk.length;
        if (this.#bufferedBytes <= highWaterBytes && !this.#over) this.#pty.resume();
        yield chunk;
      } else if (this.#over) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }
}

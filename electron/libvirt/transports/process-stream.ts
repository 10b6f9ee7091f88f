import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';

import type { ByteStream } from '../../common/byte-stream.ts';
import { messageOf, ViaductError } from '../../common/errors.ts';
import { OutputTail, printable } from '../../common/printable.ts';
import { isPrematureClose } from './premature-close.ts';
import { TransportError } from './transport-errors.ts';

/** How long a program may take to end after its output did, or after it was told to. */
const endGraceMs = 2000;
/** Whether a program can be given a process group, which takes the programs that it started along. */
const hasGroups = process.platform !== 'win32';

/**
 * Runs a program of this machine, without a shell, and connects to its standard input and output.
 *
 * It gets a process group of its own: Ctrl+C in a terminal must not cut the connection before what goes over it was
 * ended in order, and `close` takes along what the program started itself. It has no terminal to ask at.
 *
 * @throws {TransportError} `transport-program-missing` when there is no such program or it may not be run
 */
export async function openProcessStream(argv: readonly string[]): Promise<ByteStream> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: hasGroups,
    windowsHide: true,
  });
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new TransportError(
      'transport-program-missing',
      `The program ${printable(program, 200)} of the connect URI cannot be run: ${messageOf(cause)}.`,
      { cause, remedy: 'Check the parameter "command": it names one program, by its path or found by PATH.' },
    );
  }
  return new ProcessStream(child, printable(program, 200));
}

/**
 * Reading pulls, so a reader that stops also stops the program; sending waits until the program takes the bytes. The
 * stream breaks with `transport-program-failed` and the last words of the program's standard error when it ends other
 * than with status 0.
 */
class ProcessStream implements ByteStream {
  readonly closed: Promise<Error | undefined>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #program: string;
  readonly #stderr = new OutputTail();
  readonly #settle: (error: Error | undefined) => void;
  #isEnded = false;

  constructor(child: ChildProcessWithoutNullStreams, program: string) {
    this.#child = child;
    this.#program = program;
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    this.closed = promise;
    this.#settle = resolve;
    child.stderr.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    // What its broken pipes have to say, the program's end says better.
    child.stdin.on('error', () => undefined);
    child.stdout.on('error', () => this.#expectEnd());
    child.stdout.on('end', () => this.#expectEnd());
    // Without a reader Node throws away what a program wrote before it ended.
    child.stdout.on('readable', () => undefined);
    child.on('error', () => undefined);
    child.on('close', () => this.#finish(this.#verdict()));
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (this.#isEnded) throw (await this.closed) ?? streamClosed();
    const error = await new Promise<Error | null | undefined>((resolve) => {
      this.#child.stdin.write(bytes, resolve);
    });
    if (error) throw await this.#whyNotSent();
  }

  close(): void {
    this.#finish(undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    let isRead = false;
    try {
      for await (const chunk of this.#child.stdout) yield chunk as Buffer;
      isRead = true;
    } catch (error) {
      // Node reports our own close() of a stream that is being read as a premature end.
      if (!isPrematureClose(error)) throw error;
    } finally {
      if (!isRead) this.close();
    }
    const error = await this.closed;
    if (error !== undefined) throw error;
  }

  /** The program takes nothing more: most often it has ended or is about to, and its status says why. */
  async #whyNotSent(): Promise<Error> {
    if (!this.#hasExited()) {
      const waiting = new AbortController();
      const timer = setTimeout(() => waiting.abort(), endGraceMs);
      await once(this.#child, 'exit', { signal: waiting.signal }).catch(() => undefined);
      clearTimeout(timer);
    }
    return this.#verdict() ?? streamClosed();
  }

  /** The program writes no more: it ends by itself now, or it never will. */
  #expectEnd(): void {
    const timer = setTimeout(() => this.#finish(this.#verdict()), endGraceMs);
    void this.closed.then(() => clearTimeout(timer));
  }

  #finish(error: Error | undefined): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#settle(error);
    const isOver = this.#hasExited() && this.#child.stdout.readableEnded;
    for (const pipe of this.#child.stdio) pipe?.destroy();
    if (isOver) return;
    this.#signal('SIGTERM');
    const timer = setTimeout(() => this.#signal('SIGKILL'), endGraceMs);
    this.#child.once('exit', () => clearTimeout(timer));
  }

  #hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (!hasGroups || pid === undefined) {
      this.#child.kill(signal);
      return;
    }
    try {
      process.kill(-pid, signal);
    } catch {
      // The whole group has ended by itself.
    }
  }

  #verdict(): TransportError | undefined {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === 0 || !this.#hasExited()) return undefined;
    const how = exitCode === null ? `was ended by ${String(signalCode)}` : `ended with status ${exitCode}`;
    const reason = this.#stderr.lastLine();
    return new TransportError(
      'transport-program-failed',
      `The program ${this.#program}, which carries the connection, ${how}${reason === '' ? '' : `: ${printable(reason, 300)}`}.`,
      {
        cause: new Error(this.#stderr.text()),
        remedy: 'Run the program by hand to see more.',
      },
    );
  }
}

function streamClosed(): ViaductError {
  return new ViaductError('stream-closed', 'The stream is closed.');
}

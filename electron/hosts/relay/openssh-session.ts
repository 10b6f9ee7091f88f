import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { ViaductError } from '../../common/errors.ts';
import { OutputTail, printable } from '../../common/printable.ts';

const openDeadlineMs = 20_000;
/** For the host to clear up and the session to end, before it is ended on it. */
const closeGraceMs = 3_000;
/** What the command on the host prints once the session and all its forwards stand. */
export const readyWord = 'viaduct-relay-ready';

export interface OpensshSessionOptions {
  args: readonly string[];
  host: string;
  /** How often a byte goes to the command on the host, as a sign that this machine is there. */
  beatMs: number;
}

/**
 * OpenSSH's client of this machine, in a process of its own: it does the work of carrying, so that this process stays
 * free, and its buffers are the channels' windows of 2 MiB, so that whoever sends waits for whoever reads.
 *
 * It ends when this process does, however that ends: the command on the host sees its standard input close.
 */
export class OpensshSession {
  /** Settles once: with what broke the session, or undefined after `close`. */
  readonly closed: Promise<ViaductError | undefined>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #host: string;
  readonly #stderr = new OutputTail();
  #isClosing = false;

  /** @throws ViaductError `relay.no-openssh`, `relay.session`, `relay.cancelled` */
  static async open(
    { args, host, beatMs }: OpensshSessionOptions,
    signal?: AbortSignal,
  ): Promise<OpensshSession> {
    // A process group of its own: Ctrl+C in a terminal must not cut what a migration still needs to end in order.
    const child = spawn('ssh', args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true, windowsHide: true });
    const session = new OpensshSession(child, host, beatMs);
    try {
      await session.#ready(signal);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  private constructor(child: ChildProcessWithoutNullStreams, host: string, beatMs: number) {
    this.#child = child;
    this.#host = host;
    child.stderr.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    child.stdin.on('error', () => undefined);
    const { promise, resolve } = Promise.withResolvers<ViaductError | undefined>();
    this.closed = promise;
    child.on('error', (cause) => resolve(this.#isClosing ? undefined : notStarted(cause)));
    child.on('close', () => resolve(this.#isClosing ? undefined : this.#broken()));
    const beat = setInterval(() => {
      if (child.stdin.writable) child.stdin.write('.');
    }, beatMs).unref();
    child.on('close', () => clearInterval(beat));
  }

  /** Never rejects. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#child.stdin.end();
    const timers = [
      setTimeout(() => this.#child.kill('SIGTERM'), closeGraceMs),
      setTimeout(() => this.#child.kill('SIGKILL'), 2 * closeGraceMs),
    ];
    await this.closed;
    for (const timer of timers) clearTimeout(timer);
  }

  async #ready(signal: AbortSignal | undefined): Promise<void> {
    const said = Promise.withResolvers<undefined>();
    const output = new OutputTail();
    this.#child.stdout.on('data', (chunk: Buffer) => {
      output.push(chunk);
      // A login script of the host's may print before the command does.
      if (output.lastLine().endsWith(readyWord)) said.resolve(undefined);
    });
    const stop = () => said.reject(cancelled(this.#host));
    const late = setTimeout(() => said.reject(tooSlow(this.#host)), openDeadlineMs);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    try {
      const ended = await Promise.race([said.promise, this.closed.then((error) => error ?? this.#broken())]);
      if (ended !== undefined) throw ended;
    } finally {
      clearTimeout(late);
      signal?.removeEventListener('abort', stop);
    }
  }

  #broken(): ViaductError {
    const host = this.#host;
    const reason = printable(this.#stderr.lastLine(), 300);
    return new ViaductError(
      'relay.session',
      `The SSH session with ${host} that carries the guest ended${reason === '' ? '' : `: ${reason}`}`.replace(
        /\.?$/,
        '.',
      ),
      {
        remedy: `Check in a terminal that "ssh ${host}" logs in without a question (load the key with ssh-add, or name it with keyfile=), and that its sshd_config has AllowStreamLocalForwarding yes.`,
      },
    );
  }
}

function notStarted(cause: Error): ViaductError {
  return new ViaductError('relay.no-openssh', `OpenSSH's client cannot be run here: ${cause.message}.`, {
    cause,
    side: 'client',
    remedy: 'Install OpenSSH on this machine, or use another mode.',
  });
}

function tooSlow(host: string): ViaductError {
  return new ViaductError(
    'relay.session',
    `${host} did not open an SSH session for the guest within ${openDeadlineMs / 1000} s.`,
    { remedy: `Check the load of ${host} and the network, and try again.` },
  );
}

function cancelled(host: string): ViaductError {
  return new ViaductError('relay.cancelled', `The SSH session with ${host} is no longer wanted.`);
}

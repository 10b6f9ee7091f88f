import type { ClientChannel } from 'ssh2';
import type { ByteStream } from '../common/byte-stream.ts';
import { messageOf } from '../common/errors.ts';
import { quoteCommand } from '../common/shell-quote.ts';
import { ChannelStream } from './channel-stream.ts';
import { abortError, Deadline } from './deadline.ts';
import { SshCommandError, SshError } from './errors.ts';
import type { Link } from './link.ts';
import { OutputTail, printable } from '../common/printable.ts';
import { openSession, type SessionSlots } from './session-slots.ts';
import type { ExecOptions, ExecResult } from './session-options.ts';

const DEFAULT_DEADLINE_MS = 60_000;
const DEFAULT_MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
/** For the wait until the host has started a command; not for how long it runs. */
const START_TIMEOUT_MS = 30_000;

/** Runs programs on the host, without a terminal, each over an exec channel of its own. */
export class Commands {
  readonly #link: Link;
  readonly #slots: SessionSlots;

  constructor(link: Link, slots: SessionSlots) {
    this.#link = link;
    this.#slots = slots;
  }

  /** A running program's standard input and output. Its end other than with status 0 breaks the stream. */
  async openStream(argv: readonly string[], signal?: AbortSignal): Promise<ByteStream> {
    using deadline = new Deadline(START_TIMEOUT_MS, () => this.#tooSlow(argv, START_TIMEOUT_MS), signal);
    const { channel, exit, stderr } = await this.#start(argv, deadline.signal);
    return new ChannelStream(channel, this.#link, () =>
      exit.code === 0 ? undefined : this.#failure(argv, exit, stderr),
    );
  }

  async run(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const { deadlineMs = DEFAULT_DEADLINE_MS, maxOutputBytes = DEFAULT_MAX_OUTPUT_BYTES } = options;
    using deadline = new Deadline(deadlineMs, () => this.#tooSlow(argv, deadlineMs), options.signal);
    const { channel, exit, stderr } = await this.#start(argv, deadline.signal);
    const stdout: Buffer[] = [];
    let outputBytes = 0;

    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const giveUp = (error: Error): void => {
      channel.signal('TERM');
      channel.close();
      reject(error);
    };
    const onAbort = (): void => giveUp(abortError(deadline.signal));
    deadline.signal.addEventListener('abort', onAbort, { once: true });
    channel.on('data', (chunk: Buffer) => {
      outputBytes += chunk.length;
      if (outputBytes <= maxOutputBytes) stdout.push(chunk);
      else giveUp(this.#tooMuchOutput(argv, maxOutputBytes));
    });
    channel.on('close', () => resolve(undefined));
    channel.on('error', reject);
    channel.end(options.stdin);
    try {
      await promise;
    } finally {
      deadline.signal.removeEventListener('abort', onAbort);
    }
    if (exit.code === undefined) throw this.#link.brokenBy ?? this.#failure(argv, exit, stderr);
    return { code: exit.code, stdout: Buffer.concat(stdout), stderr: stderr.text() };
  }

  async #start(argv: readonly string[], signal: AbortSignal): Promise<Program> {
    const command = quoteCommand(argv);
    const { session: program, release } = await openSession<Program>(
      this.#link,
      this.#slots,
      (done) => {
        this.#link.client.exec(command, (error, channel) => done(error, error ? undefined : watch(channel)));
      },
      (late) => late.channel.close(),
      signal,
    ).catch((error: unknown) => {
      if (error instanceof SshError) throw error;
      throw new SshCommandError(
        'ssh-command-failed',
        `${this.#link.host} does not run commands over SSH: ${printable(messageOf(error), 200)}.`,
        {
          cause: error,
          exitCode: undefined,
          stderr: '',
          remedy:
            'Check ForceCommand and MaxSessions in its sshd_config, and the options of your key in authorized_keys.',
        },
      );
    });
    program.channel.on('close', release);
    return program;
  }

  #failure(argv: readonly string[], exit: Exit, stderr: OutputTail): SshCommandError {
    const program = printable(argv[0] ?? '', 200);
    const { host } = this.#link;
    const outcome = { exitCode: exit.code, stderr: stderr.text() };
    const reason = stderr.lastLine();
    if (exit.code === 126 || exit.code === 127) {
      const what = exit.code === 127 ? 'is not found' : 'may not be run';
      return new SshCommandError('ssh-command-not-found', `${program} ${what} on ${host}.`, {
        ...outcome,
        remedy: `Install it on ${host}, or check the PATH that non-interactive logins get there.`,
      });
    }
    const how =
      exit.code === undefined
        ? exit.signal === undefined
          ? 'ended without an exit status'
          : `was ended by ${printable(exit.signal, 40)}`
        : `ended with status ${exit.code}`;
    return new SshCommandError(
      'ssh-command-failed',
      `${program} ${how} on ${host}${reason ? `: ${printable(reason, 300)}` : ''}.`,
      { ...outcome, remedy: `Run the command on ${host} by hand to see more.` },
    );
  }

  #tooSlow(argv: readonly string[], limitMs: number): SshError {
    return new SshError(
      'ssh-cancelled',
      `${printable(argv[0] ?? '', 200)} on ${this.#link.host} did not end within ${limitMs / 1000} s and was given up.`,
      { remedy: `Check the load of ${this.#link.host} and try again; the command may have had its effect.` },
    );
  }

  #tooMuchOutput(argv: readonly string[], maxOutputBytes: number): SshCommandError {
    return new SshCommandError(
      'ssh-command-failed',
      `${printable(argv[0] ?? '', 200)} on ${this.#link.host} wrote more than ${maxOutputBytes} bytes.`,
      { exitCode: undefined, stderr: '', remedy: 'Check what the command prints when run by hand.' },
    );
  }
}

interface Exit {
  code: number | undefined;
  signal: string | undefined;
}

interface Program {
  channel: ClientChannel;
  exit: Exit;
  stderr: OutputTail;
}

/**
 * To be called as soon as ssh2 hands over the channel: the exit status of a short command comes in the same packet,
 * and ssh2 says it once, before any promise could go on.
 */
function watch(channel: ClientChannel): Program {
  const exit: Exit = { code: undefined, signal: undefined };
  channel.on('exit', (code: number | null, signal?: string) => {
    exit.code = code ?? undefined;
    exit.signal = signal;
  });
  const stderr = new OutputTail();
  channel.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  return { channel, exit, stderr };
}

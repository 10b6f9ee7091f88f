import { spawn } from 'node:child_process';
import { LabError } from './errors.ts';

export interface CommandOptions {
  stdin?: string | Uint8Array;
  /** Default 60 s; the program is killed then. */
  timeoutMs?: number;
  /** Added to the lab's own environment. */
  env?: Record<string, string>;
  cwd?: string;
  signal?: AbortSignal;
  /** Output is cut off beyond this many bytes a stream. */
  maxOutputBytes?: number;
}

export interface CommandResult {
  /** 128 + the signal's number is not used: a killed program is an error. */
  exitCode: number;
  stdout: string;
  stderr: string;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * Runs a program by argument list, never through a shell, and gives back how it ended.
 *
 * A non-zero exit code is a result, not an error.
 *
 * @throws {LabError} `lab-command-failed` when the program cannot be started or is killed,
 * `lab-timeout` when it outlives its deadline.
 */
export function execute(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [program, ...args] = argv;
  if (program === undefined) throw new TypeError('nothing to run');
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const limit = options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;

  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, LC_ALL: 'C', ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    });
    const stdout = new BoundedOutput(limit);
    const stderr = new BoundedOutput(limit);
    child.stdout.on('data', (chunk: Buffer) => stdout.add(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
    child.stdin.on('error', ignoreClosedPipe);
    child.stdin.end(options.stdin);
    child.on('error', (cause) => {
      if (deadline.aborted) {
        reject(
          new LabError('lab-timeout', `${program} did not end within ${timeoutMs} ms: ${argv.join(' ')}`),
        );
      } else {
        reject(
          new LabError('lab-command-failed', `${program} could not be run: ${cause.message}`, { cause }),
        );
      }
    });
    child.on('close', (exitCode, killedBy) => {
      if (exitCode === null) {
        reject(new LabError('lab-command-failed', `${program} was ended by ${killedBy ?? 'a signal'}`));
      } else {
        resolve({ exitCode, stdout: stdout.text(), stderr: stderr.text() });
      }
    });
  });
}

/**
 * As `execute`, but only exit code 0 will do.
 *
 * @returns what the program wrote to its standard output
 */
export async function mustRun(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await execute(argv, options);
  if (result.exitCode !== 0) throw commandFailed(argv, result);
  return result.stdout;
}

export function commandFailed(argv: readonly string[], result: CommandResult): LabError {
  const reason = lastLines(result.stderr || result.stdout, 3);
  return new LabError('lab-command-failed', `"${argv.join(' ')}" ended with ${result.exitCode}: ${reason}`);
}

function lastLines(text: string, count: number): string {
  return text.trim().split('\n').slice(-count).join(' | ') || 'it said nothing';
}

/** A program may end without having read all it was given; how it ended says more than the broken pipe. */
function ignoreClosedPipe(): void {
  return;
}

class BoundedOutput {
  readonly #limit: number;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(chunk: Buffer): void {
    const room = this.#limit - this.#length;
    if (room <= 0) return;
    const kept = chunk.subarray(0, room);
    this.#chunks.push(kept);
    this.#length += kept.length;
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

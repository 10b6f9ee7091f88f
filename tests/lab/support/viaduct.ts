import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');

/** One line of `--json`; the fields are those of architecture.md, "The command line". */
export type JsonLine = { type: string } & Record<string, unknown>;

export interface ViaductRun {
  code: number;
  lines: JsonLine[];
  stdout: string;
  stderr: string;
  result: JsonLine | undefined;
}

export interface ViaductOptions {
  /** Called with each line as it is printed; `interrupt` sends what Ctrl+C would, or another signal. */
  onLine?: (line: JsonLine, interrupt: (signal?: NodeJS.Signals) => void) => void;
  /** Called once it runs, with its process group. */
  onStart?: (group: number) => void;
  environment?: NodeJS.ProcessEnv;
  /** Another tree of the program than this one. */
  tree?: string;
}

function parseLine(text: string): JsonLine | undefined {
  try {
    return JSON.parse(text) as JsonLine;
  } catch {
    return undefined;
  }
}

/** Runs the command line as an admin's script does, with a state folder of its own, and waits for its end. */
export async function viaduct(args: readonly string[], options: ViaductOptions = {}): Promise<ViaductRun> {
  const home = await mkdtemp(join(tmpdir(), 'viaduct-cli-'));
  try {
    return await runIn(home, args, options);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function runIn(home: string, args: readonly string[], options: ViaductOptions): Promise<ViaductRun> {
  const child = spawn('npm', ['run', '-s', 'viaduct', '--', ...args], {
    cwd: options.tree ?? root,
    env: { ...process.env, VIADUCT_HOME: home, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own: Ctrl+C in a terminal reaches every process of the group.
    detached: true,
  });
  if (child.pid !== undefined) options.onStart?.(child.pid);
  const interrupt = (signal: NodeJS.Signals = 'SIGINT') => {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  };
  const lines: JsonLine[] = [];
  let stdout = '';
  let stderr = '';
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts.map(parseLine)) {
      if (!line) continue;
      lines.push(line);
      options.onLine?.(line, interrupt);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const result = lines.findLast(({ type }) => type === 'result');
      resolve({ code: code ?? -1, lines, stdout, stderr, result });
    });
  });
}

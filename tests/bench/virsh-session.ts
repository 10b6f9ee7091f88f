import { LabError } from '../lab/errors.ts';
import type { PrivateDaemon } from './private-daemon.ts';

export interface VirshSession {
  /** What virsh says each command took, in order: without its start, and without opening the connection. */
  commandMs: number[];
  /** From its start to its end. */
  wallMs: number;
  stdout: string;
}

const TIMEOUT_MS = 300_000;

/**
 * One virsh process that runs these commands over one connection.
 *
 * The first command is one that costs nothing, so that opening the connection falls into no command's time.
 */
export async function virshSession(
  daemon: PrivateDaemon,
  uri: string,
  commands: readonly string[],
  signal: AbortSignal,
): Promise<VirshSession> {
  const stdin = ['uri', ...commands].map((line) => `${line}\n`).join('');
  const begin = performance.now();
  const virsh = ['virsh', '--quiet', '--timing', '--connect', uri];
  const stdout = await daemon.run(virsh, { stdin, signal, timeoutMs: TIMEOUT_MS });
  const wallMs = performance.now() - begin;
  const times = [...stdout.matchAll(/^\(Time: ([\d.]+) ms\)$/gm)].map((match) => Number(match[1]));
  if (times.length !== commands.length + 1) {
    throw new LabError(
      'lab-command-failed',
      `virsh timed ${times.length} of ${commands.length + 1} commands.`,
    );
  }
  return { commandMs: times.slice(1), wallMs, stdout };
}

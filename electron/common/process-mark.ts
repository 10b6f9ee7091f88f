import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';

/** Tells one process from every other, also from a later one that got the same number. */
export const processMark = z.strictObject({
  pid: z.number().int().positive(),
  machine: z.string(),
  /** Of the machine's start, and the namespace that the number counts in; empty where the system does not tell. */
  boot: z.string(),
  namespace: z.string(),
  /** When the process was started, in clock ticks since boot (field 22 of proc(5) stat). */
  startedAt: z.string(),
});
export type ProcessMark = z.infer<typeof processMark>;

/** `elsewhere`: on another machine or in another container, where this one cannot look. */
export type Liveness = 'alive' | 'dead' | 'elsewhere';

export async function ownMark(): Promise<ProcessMark> {
  return { pid: process.pid, ...(await thisSystem()), startedAt: (await startOf(process.pid)) ?? '' };
}

/** A process that is stopped or hangs is alive. Where there is no /proc, its number alone decides. */
export async function livenessOf(mark: ProcessMark): Promise<Liveness> {
  const here = await thisSystem();
  if (mark.machine !== here.machine) return 'elsewhere';
  if (mark.boot !== here.boot) return 'dead';
  if (mark.namespace !== here.namespace) return 'elsewhere';
  if (mark.startedAt === '') return hasProcess(mark.pid) ? 'alive' : 'dead';
  return (await startOf(mark.pid)) === mark.startedAt ? 'alive' : 'dead';
}

async function thisSystem(): Promise<Pick<ProcessMark, 'machine' | 'boot' | 'namespace'>> {
  const [id, boot, namespace] = await Promise.all([
    readFile('/etc/machine-id', 'utf8').catch(() => ''),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  // A laptop's name changes with its network, so it is the second choice.
  return { machine: id.trim() || hostname(), boot: boot.trim(), namespace };
}

/** `undefined` where there is no such process; one that has ended and is not yet fetched by its parent is none. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? undefined : fields.at(18);
}

function hasProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process is one as well.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

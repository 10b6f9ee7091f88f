import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cgroupOf, killCgroup } from '../lab/cgroups.ts';
import { type CommandOptions, type CommandResult, execute } from '../lab/command.ts';

export interface CountedResult extends CommandResult {
  /** Of the program and all that it started. */
  cpuMs: number;
  wallMs: number;
}

/** Runs a program in a cgroup of its own, which counts the processor time of everything that it starts. */
export async function countedProcess(
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<CountedResult> {
  const cgroup = await cgroupOf('bench');
  await killCgroup(cgroup);
  await mkdir(cgroup);
  const enterAndBecome = 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"';
  try {
    const begin = performance.now();
    const result = await execute(['sh', '-c', enterAndBecome, 'sh', cgroup, ...argv], options);
    return { ...result, wallMs: performance.now() - begin, cpuMs: await cpuMsOf(cgroup) };
  } finally {
    await killCgroup(cgroup);
  }
}

/** Processor time that all processes of a cgroup have used since it was made. */
export async function cpuMsOf(cgroup: string): Promise<number> {
  const text = await readFile(join(cgroup, 'cpu.stat'), 'utf8');
  const used = /^usage_usec (\d+)$/m.exec(text)?.[1];
  if (used === undefined) throw new RangeError(`${cgroup} counts no processor time`);
  return Number(used) / 1000;
}

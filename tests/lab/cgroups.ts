import { readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from './errors.ts';
import { mountTable } from './mounts.ts';
import { waitFor } from './wait-for.ts';

/**
 * One cgroup (version 2) for each host, so that all its processes can be found and killed as one, whatever state
 * the lab is in, and so that the two hosts' systemd do not share one tree.
 */
async function hierarchy(): Promise<string> {
  const mount = (await mountTable()).find(({ type }) => type === 'cgroup2');
  if (mount === undefined)
    throw new LabError('lab-unsupported', 'The lab needs cgroup version 2 to be mounted.');
  return mount.path;
}

export async function cgroupOf(machine: string): Promise<string> {
  return join(await hierarchy(), `viaduct-${machine}`);
}

/** Process ids of the group and all groups below. */
export async function processesIn(cgroup: string): Promise<number[]> {
  if (!existsSync(cgroup)) return [];
  const groups = await groupsBelow(cgroup);
  const lists = await Promise.all(
    groups.map((dir) => readFile(join(dir, 'cgroup.procs'), 'utf8').catch(() => '')),
  );
  return lists.flatMap((text) => text.split('\n').filter(Boolean).map(Number));
}

/** @returns the id of the process in the group that is process 1 of a namespace of processes right below ours */
export async function namespaceLeaderIn(cgroup: string): Promise<number | undefined> {
  for (const pid of await processesIn(cgroup)) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (/^NSpid:\s+\d+\s+1$/m.test(status)) return pid;
  }
  return undefined;
}

/** Kills every process of the group at once, and removes the group. Nothing to do is fine. */
export async function killCgroup(cgroup: string): Promise<void> {
  if (!existsSync(cgroup)) return;
  await writeFile(join(cgroup, 'cgroup.kill'), '1');
  await waitFor(
    `all processes of ${cgroup} have ended`,
    async () => ((await isPopulated(cgroup)) ? undefined : true),
    { timeoutMs: 60_000, intervalMs: 50 },
  );
  for (const dir of (await groupsBelow(cgroup)).reverse()) await rmdir(dir);
}

/** The kernel's word for the group and all below. A process that is just ending still counts, but is no longer listed. */
async function isPopulated(cgroup: string): Promise<boolean> {
  return /^populated 1$/m.test(await readFile(join(cgroup, 'cgroup.events'), 'utf8'));
}

/** Runs `argv` in a group, children and all: a process must be in it before it becomes the program. */
export function inCgroup(cgroup: string, argv: readonly string[]): string[] {
  const enterAndBecome = 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"';
  return ['sh', '-c', enterAndBecome, 'sh', cgroup, ...argv];
}

/** The group itself first, parents before children. */
async function groupsBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const children = entries.filter((entry) => entry.isDirectory()).map((entry) => join(dir, entry.name));
  return [dir, ...(await Promise.all(children.map(groupsBelow))).flat()];
}

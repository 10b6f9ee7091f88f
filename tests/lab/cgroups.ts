import { readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from './errors.ts';
import { waitFor } from './wait-for.ts';

/**
 * One cgroup (version 2) for each host, so that all its processes can be found and killed as one, whatever state
 * the lab is in, and so that the two hosts' systemd do not share one tree.
 */
async function hierarchy(): Promise<string> {
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  const mount = mounts.split('\n').find((line) => line.split(' ')[2] === 'cgroup2');
  const path = mount?.split(' ')[1];
  if (path === undefined)
    throw new LabError('lab-unsupported', 'The lab needs cgroup version 2 to be mounted.');
  return path;
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

/** Kills every process of the group at once, and removes the group. Nothing to do is fine. */
export async function killCgroup(cgroup: string): Promise<void> {
  if (!existsSync(cgroup)) return;
  await writeFile(join(cgroup, 'cgroup.kill'), '1');
  await waitFor(
    `all processes of ${cgroup} have ended`,
    async () => ((await processesIn(cgroup)).length === 0 ? true : undefined),
    { timeoutMs: 20_000, intervalMs: 50 },
  );
  for (const dir of (await groupsBelow(cgroup)).reverse()) await rmdir(dir);
}

/** The group itself first, parents before children. */
async function groupsBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const children = entries.filter((entry) => entry.isDirectory()).map((entry) => join(dir, entry.name));
  return [dir, ...(await Promise.all(children.map(groupsBelow))).flat()];
}

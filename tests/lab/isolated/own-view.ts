import { copyFile, mkdir } from 'node:fs/promises';
import { mustRun } from '../command.ts';
import { mountsBelow, mountTable } from '../mounts.ts';
import { removeOuterNames } from '../name-resolution.ts';

/*
 * Run first in the namespaces of a second lab: makes what a lab changes on the machine around it a view of these
 * namespaces alone, so that neither lab sees the other. Network devices, mounts and cgroups are apart already; files are not.
 */

/** Held here as well, another lab's file systems could not go when that lab is taken down. */
async function letGoOfOtherLabs(): Promise<void> {
  const theirs = (await mountTable()).filter(({ source }) => source.startsWith('viaduct-lab'));
  for (const { path } of theirs.toReversed()) await mustRun(['umount', '--lazy', path]);
}

/** sysfs shows the network devices of the namespace that mounts it, and cgroup2 the groups. */
async function mountSys(): Promise<void> {
  for (const path of await mountsBelow('/sys')) await mustRun(['umount', '--lazy', path]);
  await mustRun(['mount', '-t', 'sysfs', 'sysfs', '/sys']);
  await mustRun(['mount', '-t', 'cgroup2', 'cgroup2', '/sys/fs/cgroup']);
}

/** nspawn keeps its locks below /run, by the names of the machines. */
async function mountRun(): Promise<void> {
  await mustRun(['mount', '-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', '/run']);
  await mkdir('/run/lock');
}

/** The names of the hosts are the same in every lab. */
async function mountHostsFile(): Promise<void> {
  await copyFile('/etc/hosts', '/run/hosts');
  await mustRun(['mount', '--bind', '/run/hosts', '/etc/hosts']);
  await removeOuterNames();
}

await letGoOfOtherLabs();
await mountSys();
await mountRun();
await mountHostsFile();
await mustRun(['ip', 'link', 'set', 'lo', 'up']);

import assert from 'node:assert/strict';
import { posix } from 'node:path';
import type { GuestName, HostName, Lab } from '../lab.ts';

export interface Stripe {
  offsetMiB: number;
  lengthMiB: number;
  byte: number;
}

export interface DiskSpec {
  path: string;
  sizeMiB: number;
  stripes: readonly Stripe[];
  /** The image below it, of the same format. */
  backing?: string;
}

/** A qcow2 image with known bytes in it. */
export async function makeImage(lab: Lab, host: HostName, disk: DiskSpec): Promise<void> {
  const { path, sizeMiB, stripes, backing } = disk;
  await lab.mustRun(host, ['mkdir', '-p', posix.dirname(path)]);
  const below = backing === undefined ? [] : ['-b', backing, '-F', 'qcow2'];
  await lab.mustRun(host, ['qemu-img', 'create', '-q', '-f', 'qcow2', ...below, path, `${sizeMiB}M`]);
  const writes = stripes.flatMap(({ offsetMiB, lengthMiB, byte }) => [
    '-c',
    `write -q -P ${byte} ${offsetMiB}M ${lengthMiB}M`,
  ]);
  if (writes.length > 0) await lab.mustRun(host, ['qemu-io', '-f', 'qcow2', ...writes, path]);
}

/** Plugs an image into a running guest. Its definition on the disk of the host stays as it is. */
export async function plugIn(
  lab: Lab,
  host: HostName,
  guest: GuestName,
  { path, target, cache = 'none' }: { path: string; target: string; cache?: string },
): Promise<void> {
  const how = ['--driver', 'qemu', '--subdriver', 'qcow2', '--cache', cache, '--live'];
  await lab.virsh(host, ['attach-disk', guest, path, target, ...how]);
}

/** Reads the stripes back from the image of a guest that stands still meanwhile, so that all of it is in the file. */
export async function expectStripes(
  lab: Lab,
  host: HostName,
  guest: GuestName,
  { path, stripes }: Pick<DiskSpec, 'path' | 'stripes'>,
): Promise<void> {
  await lab.virsh(host, ['suspend', guest]);
  try {
    const reads = stripes.flatMap(({ offsetMiB, lengthMiB, byte }) => [
      '-c',
      `read -q -P ${byte} ${offsetMiB}M ${lengthMiB}M`,
    ]);
    // -U: QEMU has the file open.
    const said = await lab.mustRun(host, ['qemu-io', '-r', '-U', '-f', 'qcow2', ...reads, path]);
    assert.doesNotMatch(said, /Pattern verification failed/, `${path} on ${host} holds something else`);
  } finally {
    await lab.virsh(host, ['resume', guest]);
  }
}

/** Pools of any state, and the files of a directory, dotted ones too. */
export async function storageOf(lab: Lab, host: HostName, directory: string): Promise<string[]> {
  const pools = await lab.virsh(host, ['pool-list', '--all', '--name']);
  const files = await lab.run(host, ['ls', '-A', directory]);
  return [...pools.split('\n'), ...files.stdout.split('\n')]
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .toSorted();
}

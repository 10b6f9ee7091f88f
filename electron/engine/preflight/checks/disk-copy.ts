import { posix } from 'node:path';
import type { Finding } from '../../finding.ts';
import type { HostFacts, PreflightContext } from '../context.ts';
import { FactUnavailableError } from '../errors.ts';
import type { DiskSize } from '../facts/guest.ts';
import type { DiskFacts } from '../facts/guest-xml.ts';
import type { PoolFacts, VolumeFacts } from '../facts/storage.ts';
import { findingsOf } from '../finding-of.ts';
import { formatBytes } from '../format-bytes.ts';
import type { LocalSource } from './disk-in-place.ts';

const finding = findingsOf('guest.disks', 'guest');

/**
 * Whether the destination can take a copy of a disk: libvirt creates a file only in the directory of an active
 * pool, a volume in the pool of that name, and never a block device; what exists is written over if it fits.
 */
export async function judgeCopy(
  { target }: DiskFacts,
  source: LocalSource,
  context: PreflightContext,
): Promise<Finding> {
  const { destination } = context;
  const size = (await context.guest()).diskSizes.get(target);
  switch (source.kind) {
    case 'block':
      return judgeBlockDevice(target, source.path, destination);
    case 'volume': {
      const existing = await destination.volumeByName(source.pool, source.volume);
      if (existing !== undefined) return judgeExisting(target, existing, size, destination);
      const pool = await destination.poolByName(source.pool);
      return judgePool(target, pool, `a storage pool "${source.pool}"`, size, destination);
    }
    case 'file': {
      const existing = await destination.volumeByPath(source.path);
      if (existing !== undefined) return judgeExisting(target, existing, size, destination);
      if (await isThere(source.path, destination)) return willBeOverwritten(target, source.path, destination);
      const directory = posix.dirname(source.path);
      const pool = await destination.poolForDirectory(directory);
      return judgePool(target, pool, `a storage pool for ${directory}`, size, destination);
    }
  }
}

/** A file that its pool has not noticed yet; libvirt looks at the path itself. Not known without a shell. */
async function isThere(path: string, destination: HostFacts): Promise<boolean> {
  try {
    return (await destination.path(path)) !== undefined;
  } catch (error) {
    if (error instanceof FactUnavailableError) return false;
    throw error;
  }
}

function willBeOverwritten(target: string, what: string, { name }: HostFacts): Finding {
  return finding.warning({
    summary: `Disk ${target} will be written over ${what} on ${name}, which already exists.`,
    remedy: `Make sure that nothing needs ${what} on ${name}.`,
  });
}

async function judgeBlockDevice(target: string, path: string, destination: HostFacts): Promise<Finding> {
  if ((await destination.path(path))?.kind === 'block') {
    return finding.warning({
      summary: `Disk ${target} will be written over the block device ${path} of ${destination.name}.`,
      remedy: 'Make sure that nothing else uses it and that it is at least as large.',
    });
  }
  return finding.error({
    summary: `${destination.name} has no block device ${path} for disk ${target}, and libvirt does not make one.`,
    remedy: `Create ${path} on ${destination.name} with the same size.`,
  });
}

function judgeExisting(
  target: string,
  volume: VolumeFacts,
  size: DiskSize | undefined,
  destination: HostFacts,
): Finding {
  const what = `the volume "${volume.name}" of pool "${volume.pool}"`;
  if (size !== undefined && size.capacityBytes !== volume.capacityBytes) {
    return finding.error({
      summary: `Disk ${target} has ${size.capacityBytes} bytes, but ${what} on ${destination.name} has ${volume.capacityBytes}.`,
      remedy: `Remove ${what} on ${destination.name}, so that it is created anew.`,
    });
  }
  return willBeOverwritten(target, what, destination);
}

function judgePool(
  target: string,
  pool: PoolFacts | undefined,
  wanted: string,
  size: DiskSize | undefined,
  destination: HostFacts,
): Finding {
  if (pool === undefined) {
    return finding.error({
      summary: `${destination.name} does not have ${wanted}, in which disk ${target} could be created.`,
      remedy: `Define and start ${wanted} on ${destination.name}.`,
    });
  }
  if (!pool.active) {
    return finding.error({
      summary: `The storage pool "${pool.name}" of ${destination.name} is not active, so disk ${target} cannot be created.`,
      remedy: `Start it on ${destination.name}: virsh pool-start ${pool.name}`,
    });
  }
  if (size === undefined) {
    return finding.unknown({
      summary: `The size of disk ${target} could not be had, so whether it fits into pool "${pool.name}" is open.`,
      remedy: `Compare it with the ${formatBytes(pool.availableBytes)} that are free there.`,
    });
  }
  const space = `${formatBytes(pool.availableBytes)} free in pool "${pool.name}" of ${destination.name}`;
  const needed = `disk ${target} occupies ${formatBytes(size.physicalBytes)} of ${formatBytes(size.capacityBytes)}`;
  if (pool.availableBytes < size.physicalBytes) {
    return finding.error({
      summary: `There are only ${space}; ${needed}.`,
      remedy: `Free space in pool "${pool.name}" on ${destination.name}.`,
    });
  }
  if (pool.availableBytes < size.capacityBytes) {
    return finding.info(`There are ${space}; ${needed} and may grow beyond that.`);
  }
  return finding.ok(`Disk ${target} will be copied: ${space}; ${needed}.`);
}

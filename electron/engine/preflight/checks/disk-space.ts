import { quoteWord } from '../../../common/shell-quote.ts';
import { posix } from 'node:path';
import { ViaductError } from '../../../common/errors.ts';
import type { Finding } from '../../finding.ts';
import type { Check } from '../check.ts';
import type { HostFacts, PreflightContext } from '../context.ts';
import { findingsOf } from '../finding-of.ts';
import { formatBytes } from '../format-bytes.ts';
import { copiedDisks, fileOf, type LocalDisk, type LocalSource } from './chosen-disks.ts';

const finding = findingsOf('destination.disk-space', 'destination');

/** What the copies need in one place, all of them together. */
interface Need {
  targets: string[];
  /** What they hold now. */
  allocatedBytes: number;
  /** What they can come to hold. */
  capacityBytes: number;
}

/** Whether the copied disks fit: several may go to one place, and a sparse one may grow. */
export const diskSpaceCheck: Check = {
  id: 'destination.disk-space',
  title: 'the space for copied disks on the destination',
  side: 'destination',
  needs: ['guest', 'destination'],
  applies: ({ disks }) => disks !== 'none',
  run: async (context) => {
    const { disks } = await context.guest();
    const needs = new Map<string, Need>();
    for (const disk of copiedDisks(disks, context.options)) await addTo(needs, disk, context);
    if (needs.size === 0) return [finding.ok('No copied disk takes space that would have to be free.')];
    return Promise.all([...needs].map(([place, need]) => judge(JSON.parse(place) as Place, need, context)));
  },
};

type Place = { pool: string } | { directory: string };

async function addTo(needs: Map<string, Need>, disk: LocalDisk, context: PreflightContext): Promise<void> {
  const { source, target } = disk;
  if (source.kind === 'block') return;
  const place: Place =
    source.kind === 'volume' ? { pool: source.pool } : { directory: posix.dirname(source.path) };
  const size = (await context.guest()).diskSizes.get(target);
  const here = await allocated(source, context.source);
  const there = (await allocated(source, context.destination)) ?? 0;
  const need = needs.get(JSON.stringify(place)) ?? { targets: [], allocatedBytes: 0, capacityBytes: 0 };
  need.targets.push(target);
  // What is written over is free already.
  need.allocatedBytes += Math.max(0, (here ?? size?.physicalBytes ?? NaN) - there);
  need.capacityBytes += Math.max(0, (size?.capacityBytes ?? NaN) - there);
  needs.set(JSON.stringify(place), need);
}

async function allocated(source: LocalSource, host: HostFacts): Promise<number | undefined> {
  try {
    const path = await fileOf(source, host);
    return path === undefined ? undefined : (await host.path(path))?.allocatedBytes;
  } catch (error) {
    if (error instanceof ViaductError) return undefined;
    throw error;
  }
}

async function judge(place: Place, need: Need, { destination }: PreflightContext): Promise<Finding> {
  const where = 'pool' in place ? `pool "${place.pool}"` : place.directory;
  const disks = `${need.targets.length === 1 ? 'disk' : 'disks'} ${need.targets.join(', ')}`;
  if (Number.isNaN(need.capacityBytes) || Number.isNaN(need.allocatedBytes)) {
    return finding.unknown({
      summary: `The size of ${disks} could not be had, so whether there is space in ${where} of ${destination.name} is open.`,
      remedy: `Look at it on the source: virsh domblkinfo GUEST ${quoteWord(need.targets[0] ?? '')}`,
    });
  }
  const free = await freeBytes(place, destination);
  if (free === undefined) {
    return finding.unknown({
      summary: `The free space in ${where} of ${destination.name} could not be had.`,
      remedy: `Look at it there; ${disks} take ${formatBytes(need.allocatedBytes)} now, ${formatBytes(need.capacityBytes)} at most.`,
    });
  }
  const space = `${formatBytes(free)} free in ${where} of ${destination.name}`;
  const takes = `${disks} ${need.targets.length === 1 ? 'takes' : 'take'} ${formatBytes(need.allocatedBytes)} now and ${formatBytes(need.capacityBytes)} at most`;
  if (free < need.allocatedBytes) {
    return finding.error({
      summary: `There are only ${space}; ${takes}.`,
      remedy: `Free space in ${where} on ${destination.name}.`,
    });
  }
  if (free < need.capacityBytes) {
    return finding.warning({
      summary: `There are ${space}; ${takes}.`,
      remedy: `Free space in ${where} on ${destination.name}, before the guest fills its disks.`,
    });
  }
  return finding.ok(`There are ${space}; ${takes}.`);
}

/** A pool remembers what it had when it last looked; the file system knows what it has now. */
async function freeBytes(place: Place, destination: HostFacts): Promise<number | undefined> {
  const pool =
    'pool' in place
      ? await destination.poolByName(place.pool)
      : await destination.poolForDirectory(place.directory);
  if ('directory' in place) {
    try {
      return await destination.freeBytes(place.directory);
    } catch (error) {
      if (!(error instanceof ViaductError)) throw error;
    }
  }
  return pool?.active === true ? pool.availableBytes : undefined;
}

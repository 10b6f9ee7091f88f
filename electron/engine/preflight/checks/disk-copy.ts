import { quoteWord } from '../../../common/shell-quote.ts';
import { posix } from 'node:path';
import type { Finding } from '../../finding.ts';
import { volumeInWords, type NewVolume } from '../../storage/disk-copy.ts';
import type { HostFacts, PreflightContext } from '../context.ts';
import type { DiskSize } from '../facts/guest.ts';
import { findingsOf } from '../finding-of.ts';
import { formatBytes } from '../format-bytes.ts';
import type { LocalDisk } from './chosen-disks.ts';
import type { CopyJudgement } from './copy-judgement.ts';
import { judgeLayers } from './disk-layers.ts';
import { judgeExisting, lookThere } from './disk-overwritten.ts';

const finding = findingsOf('guest.disks', 'guest');

/**
 * Whether the destination can take a copy of a disk, and where: what exists is written over if it fits, a file or
 * volume that is missing is made, a block device never is.
 */
export async function judgeCopy(disk: LocalDisk, context: PreflightContext): Promise<CopyJudgement> {
  const { source, target } = disk;
  if (source.kind === 'block') return judgeBlockDevice(target, source.path, context);
  const size = (await context.guest()).diskSizes.get(target);
  const there = await lookThere(source, context);
  if (there !== undefined) return judgeExisting(disk, there, size, context);
  if (size === undefined) {
    return only(
      finding.unknown({
        summary: `The size of disk ${target} could not be had, so its volume cannot be made beforehand.`,
        remedy: `Look at it on ${context.source.name}: virsh domblkinfo GUEST ${quoteWord(target)}`,
      }),
    );
  }
  const place =
    source.kind === 'volume'
      ? await placeInPool(target, source.pool, context)
      : await placeInDirectory(target, posix.dirname(source.path), context.destination);
  if (place.in === undefined) return only(...place.findings);
  const layers = await judgeLayers(disk, context);
  const volume: NewVolume = {
    kind: 'new',
    in: place.in,
    transientPool: place.transientPool,
    name: source.kind === 'volume' ? source.volume : posix.basename(source.path),
    format: disk.format ?? 'raw',
    capacityBytes: size.capacityBytes,
    owner: await context.destination.qemuOwner(),
    backing: layers.backing,
  };
  const findings = [...place.findings, ...layers.findings];
  if (findings.length === 0) findings.push(willBeMade(target, volume, size, context.destination));
  return { findings, copy: { target, place: volume } };
}

function only(...findings: Finding[]): CopyJudgement {
  return { findings, copy: undefined };
}

function willBeMade(target: string, volume: NewVolume, size: DiskSize, { name }: HostFacts): Finding {
  return finding.ok(
    `Disk ${target} will be copied to ${name}, where ${volumeInWords(volume)} is made (${volume.format}, ${formatBytes(size.capacityBytes)}).`,
  );
}

async function judgeBlockDevice(
  target: string,
  path: string,
  { options, destination }: PreflightContext,
): Promise<CopyJudgement> {
  if ((await destination.path(path))?.kind !== 'block') {
    return only(
      finding.error({
        summary: `${destination.name} has no block device ${path} for disk ${target}, and none can be made.`,
        remedy: `Create ${path} on ${destination.name} with the same size.`,
      }),
    );
  }
  const what = `the block device ${path}`;
  const summary = `Disk ${target} would be written over ${what} of ${destination.name}; whether the two hosts share it, so that it would be destroyed, cannot be told.`;
  if (options.diskTargets === undefined) {
    return only(
      finding.error({
        summary,
        remedy: `If it is another device, name every disk to copy, this one too: --disk ${target}`,
      }),
    );
  }
  return {
    findings: [
      finding.warning({
        summary,
        remedy:
          'Make sure that it is another device, that nothing uses it, and that it is at least as large.',
      }),
    ],
    copy: { target, place: { kind: 'existing', what } },
  };
}

type Place =
  | { in: NewVolume['in']; transientPool: boolean; findings: Finding[] }
  | { in?: undefined; transientPool: false; findings: Finding[] };

async function placeInPool(
  target: string,
  pool: string,
  { source, destination }: PreflightContext,
): Promise<Place> {
  const found = await destination.poolByName(pool);
  if (found?.active === true) return { in: { pool }, transientPool: false, findings: [] };
  if (found !== undefined) return nowhere(inactive(target, pool, destination));
  const directory = (await source.poolByName(pool))?.directory;
  const summary = `${destination.name} has no storage pool "${pool}", in which disk ${target} would have to be.`;
  if (directory === undefined) {
    const remedy = `Define and start a storage pool "${pool}" on ${destination.name}.`;
    return nowhere(finding.error({ summary, remedy }));
  }
  return nowhere(
    finding.error({
      summary,
      remedy: `Make one of ${directory} on ${destination.name}, as ${source.name} has it, that starts with the host.`,
      mend: { kind: 'define pool', pool, directory },
    }),
  );
}

async function placeInDirectory(target: string, directory: string, destination: HostFacts): Promise<Place> {
  const pool = await destination.poolForDirectory(directory);
  if (pool?.active === true) return { in: { directory }, transientPool: false, findings: [] };
  // It is the admin's, and so is the reason why it is stopped.
  if (pool !== undefined) return nowhere(inactive(target, pool.name, destination));
  const found = await destination.path(directory);
  if (found?.kind === 'directory') return { in: { directory }, transientPool: true, findings: [] };
  return nowhere(
    finding.error({
      summary:
        found === undefined
          ? `${destination.name} has no directory ${directory} for disk ${target}.`
          : `${directory} on ${destination.name} is not a directory, so disk ${target} cannot be put into it.`,
      remedy: `Make the directory on ${destination.name}: mkdir -p ${quoteWord(directory)}`,
    }),
  );
}

function nowhere(reason: Finding): Place {
  return { transientPool: false, findings: [reason] };
}

function inactive(target: string, pool: string, { name }: HostFacts): Finding {
  return finding.error({
    summary: `The storage pool "${pool}" of ${name} is not active, so disk ${target} cannot be made in it.`,
    remedy: `Start it on ${name}: virsh pool-start ${quoteWord(pool)}`,
    mend: { kind: 'start pool', pool },
  });
}

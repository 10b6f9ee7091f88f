import type { Finding } from '../../finding.ts';
import type { PreflightContext } from '../context.ts';
import type { DiskFacts } from '../facts/guest-xml.ts';
import { sharing } from '../facts/shared-storage.ts';
import { findingsOf } from '../finding-of.ts';

/** Where a disk's data lies on the host itself. */
export type LocalSource = Extract<NonNullable<DiskFacts['source']>, { kind: 'file' | 'block' | 'volume' }>;

const finding = findingsOf('guest.disks', 'guest');
const copyRemedy = 'Copy the disks along (--disks copy), or put the disk on storage that both hosts share.';

/** A writable disk that is not copied must be the very same on both hosts. */
export async function judgeInPlace(
  { target }: DiskFacts,
  source: LocalSource,
  context: PreflightContext,
): Promise<Finding> {
  if (source.kind === 'volume') return judgeVolumeInPlace(target, source, context);
  const here = await context.source.path(source.path);
  if (source.kind === 'file') {
    const kind = sharing(here?.fileSystem ?? '');
    const evidence = `${source.path} is on ${here?.fileSystem ?? 'an unknown file system'}`;
    if (kind === 'local') {
      return finding.error({
        summary: `Disk ${target} is a local file of ${context.source.name}: ${source.path}.`,
        evidence,
        remedy: copyRemedy,
      });
    }
    const there = await context.destination.path(source.path);
    if (there === undefined) return notThere(target, source.path, context);
    if (kind === 'unknown') {
      return finding.warning({
        summary: `Whether both hosts share ${source.path}, disk ${target}, cannot be told.`,
        evidence,
        remedy: 'Make sure that it is the same file on both hosts, or copy the disks along (--disks copy).',
      });
    }
    return finding.ok(`Disk ${target} is on storage that both hosts see: ${source.path}.`, evidence);
  }
  const there = await context.destination.path(source.path);
  if (there?.kind !== 'block') return notThere(target, source.path, context);
  return finding.warning({
    summary: `Disk ${target} is the block device ${source.path}, which exists on both hosts; whether it is the same cannot be told.`,
    remedy: `Make sure that ${source.path} is the same shared device on both hosts, or copy the disks along (--disks copy).`,
  });
}

/** What is only read must be there, unless the definition lets the guest go on without it. */
export async function judgeMedium(
  { target, device, startupPolicy }: DiskFacts,
  source: LocalSource,
  context: PreflightContext,
): Promise<Finding> {
  const { destination } = context;
  const words = source.kind === 'volume' ? `volume ${source.volume} of pool ${source.pool}` : source.path;
  const there =
    source.kind === 'volume'
      ? await destination.volumeByName(source.pool, source.volume)
      : await destination.path(source.path);
  if (there !== undefined) return finding.ok(`${destination.name} has ${words}, read-only disk ${target}.`);
  const summary = `${destination.name} has no ${words}, which is in ${target} of the guest.`;
  const eject = device === 'disk' ? '' : `, or eject it: virsh change-media GUEST ${target} --eject`;
  const remedy = `Put a copy of it there${eject}.`;
  return startupPolicy === 'optional' || startupPolicy === 'requisite'
    ? finding.warning({ summary: `${summary} The guest goes on without it.`, remedy })
    : finding.error({ summary, remedy });
}

async function judgeVolumeInPlace(
  target: string,
  { pool, volume }: LocalSource & { kind: 'volume' },
  { destination }: PreflightContext,
): Promise<Finding> {
  if ((await destination.volumeByName(pool, volume)) === undefined) {
    return finding.error({
      summary: `${destination.name} has no volume "${volume}" in a pool "${pool}", which is disk ${target}.`,
      remedy: copyRemedy,
    });
  }
  return finding.warning({
    summary: `Disk ${target} is the volume "${volume}" of pool "${pool}", which exists on both hosts; whether it is the same cannot be told.`,
    remedy: 'Make sure that the pools share their storage, or copy the disks along (--disks copy).',
  });
}

function notThere(target: string, path: string, { destination }: PreflightContext): Finding {
  return finding.error({
    summary: `${destination.name} has no ${path}, which is disk ${target}.`,
    remedy: `Make the storage of ${path} available on ${destination.name}, or copy the disks along (--disks copy).`,
  });
}

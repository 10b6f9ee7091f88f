import type { Finding } from '../../finding.ts';
import type { PreflightContext } from '../context.ts';
import type { Sharing } from '../facts/sharing.ts';
import { findingsOf } from '../finding-of.ts';
import type { LocalDisk } from './chosen-disks.ts';
import { sharingOfVolume } from './disk-overwritten.ts';
import { isCacheSafe, isTrustedByLibvirt } from './storage-safety.ts';

const finding = findingsOf('guest.disks', 'guest');

/** A writable disk that is not copied must be the very same on both hosts. */
export async function judgeInPlace(disk: LocalDisk, context: PreflightContext): Promise<Finding> {
  const { source, target } = disk;
  const { destination } = context;
  switch (source.kind) {
    case 'file':
      return judgeSharing(disk, source.path, await context.sharing(source.path), context);
    case 'volume': {
      const there = await destination.volumeByName(source.pool, source.volume);
      const what = `the volume "${source.volume}" of pool "${source.pool}"`;
      if (there === undefined) return notThere(target, what, context);
      return judgeSharing(disk, what, await sharingOfVolume(source, there.path, context), context);
    }
    case 'block': {
      if ((await destination.path(source.path))?.kind !== 'block') {
        return notThere(target, source.path, context);
      }
      return finding.warning({
        summary: `Disk ${target} is the block device ${source.path}, which exists on both hosts; whether it is the same cannot be told, and libvirt takes it for the same.`,
        remedy: `Make sure that ${source.path} is the same shared device on both hosts${orCopy(target, context)}.`,
      });
    }
  }
}

async function judgeSharing(
  disk: LocalDisk,
  what: string,
  sharing: Sharing,
  context: PreflightContext,
): Promise<Finding> {
  const { target } = disk;
  const { source, destination } = context;
  const { evidence } = sharing;
  switch (sharing.kind) {
    case 'shared':
      if (!context.options.offline && !(await isCacheSafe(disk, context)))
        return cached(disk, source.name, evidence);
      return finding.ok(`Disk ${target} is the same on both hosts: ${what}.`, evidence);
    case 'separate':
      return sharing.existsThere
        ? finding.error({
            summary: `Disk ${target} lies on ${source.name} alone: ${what} on ${destination.name} is another file.`,
            evidence,
            remedy: copyRemedy(target, context),
          })
        : notThere(target, what, context);
    case 'unknown':
      // libvirt refuses it then, because nothing tells that it is shared.
      if ((await isTrustedByLibvirt(disk, context)) === false) {
        return finding.error({
          summary: `Disk ${target} is a local file of ${source.name}, as far as can be told: ${what}.`,
          evidence,
          remedy: copyRemedy(target, context),
        });
      }
      return finding.unknown({
        summary: `Whether disk ${target} is the same on both hosts could not be found out: ${what}.`,
        evidence,
        remedy: `Make sure that both hosts share its storage${orCopy(target, context)}.`,
      });
  }
}

function cached({ target, cache }: LocalDisk, host: string, evidence: string): Finding {
  return finding.error({
    summary: `Disk ${target} is used with the cache mode ${cache ?? 'by default'}, and the QEMU of ${host} is too old to give up its cache for the move.`,
    evidence,
    remedy: `Give the disk the cache mode none and restart the guest once, or upgrade ${host} to libvirt 5.7.0 and QEMU 4.0.`,
  });
}

/** What is only read must be there, unless the definition lets the guest go on without it. */
export async function judgeMedium(
  { target, device, startupPolicy, source }: LocalDisk,
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

function notThere(target: string, what: string, context: PreflightContext): Finding {
  const { source, destination } = context;
  return finding.error({
    summary: `Disk ${target} lies on ${source.name} alone: ${destination.name} has no ${what.replace(/^the /, '')}.`,
    remedy: copyRemedy(target, context),
  });
}

function copyRemedy(target: string, context: PreflightContext): string {
  const copy = copyOption(target, context);
  return `Copy it along (${copy}), or put it on storage that both hosts share.`;
}

function orCopy(target: string, context: PreflightContext): string {
  return `, or copy it along (${copyOption(target, context)})`;
}

function copyOption(target: string, { options }: PreflightContext): string {
  return options.diskTargets === undefined ? '--disks copy' : `--disk ${target}`;
}

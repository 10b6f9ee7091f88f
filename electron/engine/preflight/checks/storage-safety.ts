import { ViaductError } from '../../../common/errors.ts';
import type { PreflightContext } from '../context.ts';
import type { DiskFacts } from '../facts/guest-xml.ts';
import { sharing as sharingOf } from '../facts/shared-storage.ts';
import { copiedDisks, fileOf, isLocal, type LocalDisk } from './chosen-disks.ts';
import { sharingOfVolume } from './disk-overwritten.ts';

/** The modes in which the source's page cache holds nothing that the destination lacks. */
export function isUncached({ cache }: Pick<LocalDisk, 'cache'>): boolean {
  return cache === 'none' || cache === 'directsync';
}

/** From these on QEMU throws away what the source's page cache holds (libvirt NEWS 5.7.0; QEMU's `drop-cache`, 4.0). */
const dropsCacheSince = { libvirt: 5_007_000, qemu: 4_000_000 };
/** They keep caches of several hosts the same (`virFileIsClusterFS`). */
const coherent = ['ceph', 'gpfs', 'gfs/gfs2', 'ocfs2'];

/** Whether a disk that stays can be moved with the cache mode that it has. */
export async function isCacheSafe(disk: LocalDisk, context: PreflightContext): Promise<boolean> {
  if (isUncached(disk) || disk.shareable) return true;
  const { libvirt, qemu } = await context.source.daemon();
  if (libvirt.number >= dropsCacheSince.libvirt && qemu.number >= dropsCacheSince.qemu) return true;
  const path = await fileOf(disk.source, context.source);
  const there = path === undefined ? undefined : await context.source.path(path);
  return coherent.includes(there?.fileSystem.toLowerCase() ?? '');
}

/**
 * Whether libvirt lets a disk that is not copied stay where it is: it judges by the kind of file system alone
 * (`virFileIsSharedFS`), and takes every block device for shared (`qemuMigrationSrcIsSafe`, libvirt 9.0.0).
 * `undefined`: not known.
 */
export async function isTrustedByLibvirt(
  { source }: LocalDisk,
  context: PreflightContext,
): Promise<boolean | undefined> {
  if (source.kind === 'block') return true;
  try {
    const path = await fileOf(source, context.source);
    if (path === undefined) return undefined;
    const kind = sharingOf((await context.source.path(path))?.fileSystem ?? '');
    return kind === 'unknown' ? undefined : kind === 'shared';
  } catch (error) {
    if (error instanceof ViaductError) return undefined;
    throw error;
  }
}

/**
 * Whether libvirt has to be told that the storage is safe: it would not let at least one of the disks that stay stay,
 * and every one of them was seen to be the same file on both hosts, with nothing of it left in a cache of the source.
 */
export async function isStorageProvenShared(context: PreflightContext): Promise<boolean> {
  const disks = (await context.guest()).disks.filter((disk) => disk.source !== undefined && !disk.readOnly);
  // What libvirt has against other kinds would be waived as well.
  if (!disks.filter((disk) => !isLocal(disk)).every(isSafeOnNetwork)) return false;
  const copied = new Set(copiedDisks(disks, context.options).map(({ target }) => target));
  const inPlace = disks.filter(isLocal).filter(({ target }) => !copied.has(target));
  const needs = await Promise.all(
    inPlace.map(async (disk) => ({
      trusted: await isTrustedByLibvirt(disk, context),
      proven: (await isCacheSafe(disk, context)) && (await isProven(disk, context)),
    })),
  );
  return needs.some(({ trusted }) => trusted !== true) && needs.every(({ proven }) => proven);
}

/** RBD is coherent by itself. */
function isSafeOnNetwork({ source, cache }: DiskFacts): boolean {
  return source?.kind === 'network' && (source.protocol === 'rbd' || isUncached({ cache }));
}

async function isProven({ source }: LocalDisk, context: PreflightContext): Promise<boolean> {
  switch (source.kind) {
    case 'block':
      return false;
    case 'file':
      return (await context.sharing(source.path)).kind === 'shared';
    case 'volume': {
      const there = await context.destination.volumeByName(source.pool, source.volume);
      return (await sharingOfVolume(source, there?.path, context)).kind === 'shared';
    }
  }
}

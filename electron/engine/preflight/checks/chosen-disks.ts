import type { PlanOptions } from '../../plan.ts';
import type { HostFacts } from '../context.ts';
import type { DiskFacts } from '../facts/guest-xml.ts';

/** Where a disk's data lies on the host itself. */
export type LocalSource = Extract<NonNullable<DiskFacts['source']>, { kind: 'file' | 'block' | 'volume' }>;

export type LocalDisk = DiskFacts & { source: LocalSource };

/** A disk that a storage copy would send: writable by this guest alone, and not on the network. */
export function isCopyable(disk: DiskFacts): disk is LocalDisk {
  return !disk.readOnly && !disk.shareable && isLocal(disk);
}

export function isLocal(disk: DiskFacts): disk is LocalDisk {
  const kind = disk.source?.kind;
  return kind === 'file' || kind === 'block' || kind === 'volume';
}

/** The disks that are copied along, in the order of the definition. */
export function copiedDisks(disks: readonly DiskFacts[], options: PlanOptions): LocalDisk[] {
  if (options.disks === 'none') return [];
  return disks.filter(isCopyable).filter(({ target }) => options.diskTargets?.includes(target) ?? true);
}

/** The file of the host that a disk is; `undefined` where it is none. */
export async function fileOf(source: LocalSource, host: HostFacts): Promise<string | undefined> {
  switch (source.kind) {
    case 'block':
      return undefined;
    case 'file':
      return source.path;
    case 'volume':
      return (await host.volumeByName(source.pool, source.volume))?.path;
  }
}

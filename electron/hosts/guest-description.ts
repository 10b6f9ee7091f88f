import { attribute, element, elements, parseXml, text, type XmlElement } from '../common/xml.ts';
import type { GuestDisk, GuestObstacle } from './snapshots.ts';

/** What the board shows of a guest's definition. */
export interface GuestDescription {
  vcpus: number;
  memoryBytes: number;
  disks: GuestDisk[];
  obstacles: GuestObstacle[];
}

const bytesPerUnit: Record<string, number> = {
  b: 1,
  bytes: 1,
  k: 1024,
  kib: 1024,
  kb: 1000,
  m: 1024 ** 2,
  mib: 1024 ** 2,
  mb: 1000 ** 2,
  g: 1024 ** 3,
  gib: 1024 ** 3,
  gb: 1000 ** 3,
  t: 1024 ** 4,
  tib: 1024 ** 4,
  tb: 1000 ** 4,
};

/** Sizes without a unit are KiB: libvirt's formatdomain, "memory". */
function memoryBytes(domain: XmlElement): number {
  const amount = Number(text(domain, 'currentMemory') ?? text(domain, 'memory') ?? 0);
  const unit = attribute(domain, 'currentMemory', 'unit') ?? attribute(domain, 'memory', 'unit') ?? 'KiB';
  return Number.isFinite(amount) ? amount * (bytesPerUnit[unit.toLowerCase()] ?? 1024) : 0;
}

const networkKinds = new Set(['network', 'nvme', 'vhostuser', 'vhostvdpa']);

function diskKind(type: string): GuestDisk['kind'] {
  if (type === 'file' || type === 'block' || type === 'volume') return type;
  return networkKinds.has(type) ? 'network' : 'other';
}

function diskSource(disk: XmlElement): string {
  const source = element(disk, 'source');
  if (!source) return '';
  const of = (name: string) => attribute(source, '', name);
  const pool = of('pool');
  return (
    of('file') ??
    of('dev') ??
    (pool ? `${pool}/${of('volume') ?? ''}` : undefined) ??
    of('name') ??
    of('dir') ??
    ''
  );
}

function describeDisk(disk: XmlElement): GuestDisk {
  return {
    target: attribute(disk, 'target', 'dev') ?? '',
    kind: diskKind(attribute(disk, '', 'type') ?? ''),
    source: diskSource(disk),
    format: attribute(disk, 'driver', 'type'),
    readOnly: element(disk, 'readonly') !== undefined || attribute(disk, '', 'device') === 'cdrom',
  };
}

function* describeObstacles(domain: XmlElement, disks: readonly GuestDisk[]): Generator<GuestObstacle> {
  const passedThrough = elements(domain, 'devices/hostdev').map(
    (device) => attribute(device, '', 'type') ?? 'device',
  );
  if (passedThrough.length > 0) {
    yield {
      kind: 'passthrough',
      text: `Uses devices of this host (${[...new Set(passedThrough)].join(', ')}).`,
    };
  }
  const local = disks.filter(({ kind, readOnly, source }) => kind === 'file' && !readOnly && source !== '');
  if (local.length > 0) {
    const names = local.map(({ target }) => target).join(', ');
    yield {
      kind: 'local disk',
      text: `Its disk ${names} is a file, which has to be shared or copied along.`,
    };
  }
  if (elements(domain, 'devices/filesystem').length > 0) {
    yield { kind: 'shared directory', text: 'Shares a directory of this host.' };
  }
}

/**
 * Reads a `<domain>` document as a host gave it.
 *
 * @throws XmlError when it is none.
 */
export function describeGuest(domainXml: string): GuestDescription {
  const domain = parseXml(domainXml, 'domain');
  const disks = elements(domain, 'devices/disk').map(describeDisk);
  const vcpus = Number(attribute(domain, 'vcpu', 'current') ?? text(domain, 'vcpu') ?? 1);
  return {
    vcpus: Number.isInteger(vcpus) && vcpus > 0 ? vcpus : 1,
    memoryBytes: memoryBytes(domain),
    disks,
    obstacles: [...describeObstacles(domain, disks)],
  };
}

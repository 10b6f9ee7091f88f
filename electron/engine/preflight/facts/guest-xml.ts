import {
  attribute,
  element,
  elements,
  parseXml,
  serializeXml,
  text,
  type XmlElement,
} from '../../../common/xml.ts';
import { findObstacles, type Obstacle } from './guest-blockers.ts';
import { parseFirmware, type GuestFirmware } from './guest-firmware.ts';
import { memoryBytes, parsePlacement, type GuestPlacement } from './guest-placement.ts';
import { findManager, findUnknownNotes, type GuestManager } from './guest-manager.ts';
import { parseDacLabel, type QemuOwner } from '../../../setup/facts/capabilities.ts';

export interface DiskFacts {
  /** The guest's name for it, `vda`. */
  target: string;
  device: 'disk' | 'cdrom' | 'floppy' | 'lun';
  /** `file`, `block`, `network`, `volume`, …: the way the source is given. `undefined`: nothing inserted. */
  source:
    | { kind: 'file' | 'block'; path: string }
    | { kind: 'volume'; pool: string; volume: string }
    | { kind: 'network'; protocol: string; name: string }
    | { kind: 'other'; text: string }
    | undefined;
  readOnly: boolean;
  shareable: boolean;
  cache: string | undefined;
  /** Of its top layer, as `qcow2`. */
  format: string | undefined;
  /** `mandatory`, `requisite` or `optional`: what becomes of a missing removable medium. */
  startupPolicy: string | undefined;
}

export interface InterfaceFacts {
  kind: string;
  /** Network, bridge or device name on the host, where the kind has one. */
  source: string | undefined;
  mac: string | undefined;
  /** `passt`: another program than QEMU or slirp-helper carries a user-mode network. */
  backend: string | undefined;
}

/** What the guest's definition says, without asking the daemon anything more. */
export interface GuestDefinition extends GuestFirmware {
  name: string;
  uuid: string;
  memoryBytes: number;
  placement: GuestPlacement;
  virtType: string;
  arch: string | undefined;
  machine: string | undefined;
  emulator: string | undefined;
  cpuXml: string | undefined;
  cpuMode: string | undefined;
  /** Of each core, as the guest sees it. */
  cpuThreads: number;
  /** Those that the definition names beyond its CPU model. */
  cpuFeatures: { required: string[]; disabled: string[] };
  disks: DiskFacts[];
  interfaces: InterfaceFacts[];
  obstacles: Obstacle[];
  /** `undefined`: none that is known. */
  manager: GuestManager | undefined;
  /** XML namespaces of notes by programs that are not known. */
  unknownNotes: string[];
  /** Owner of the QEMU process where the definition fixes one. */
  staticOwner: QemuOwner | undefined;
}

/** @throws {XmlError} the document is not a domain. */
export function parseGuestXml(document: string): GuestDefinition {
  const root = parseXml(document, 'domain');
  const cpu = element(root, 'cpu');
  return {
    name: text(root, 'name') ?? '',
    uuid: text(root, 'uuid') ?? '',
    memoryBytes: memoryBytes(root),
    placement: parsePlacement(root),
    ...parseFirmware(root),
    virtType: attribute(root, '', 'type') ?? '',
    arch: attribute(root, 'os/type', 'arch'),
    machine: attribute(root, 'os/type', 'machine'),
    emulator: text(root, 'devices/emulator'),
    cpuXml: cpu === undefined ? undefined : serializeXml(cpu),
    cpuMode: attribute(root, 'cpu', 'mode'),
    cpuThreads: Number(attribute(root, 'cpu/topology', 'threads') ?? 1),
    cpuFeatures: cpuFeatures(root),
    disks: elements(root, 'devices/disk').map(parseDisk),
    interfaces: elements(root, 'devices/interface').map(parseInterface),
    obstacles: findObstacles(root),
    manager: findManager(root),
    unknownNotes: findUnknownNotes(root),
    staticOwner: staticOwner(root),
  };
}

function cpuFeatures(root: XmlElement): GuestDefinition['cpuFeatures'] {
  const named = (...policies: string[]): string[] =>
    elements(root, 'cpu/feature')
      .filter((feature) => policies.includes(attribute(feature, '', 'policy') ?? 'require'))
      .flatMap((feature) => attribute(feature, '', 'name') ?? []);
  return { required: named('require', 'force'), disabled: named('disable', 'forbid') };
}

function parseDisk(disk: XmlElement): DiskFacts {
  const device = attribute(disk, '', 'device');
  return {
    target: attribute(disk, 'target', 'dev') ?? '',
    device: device === 'cdrom' || device === 'floppy' || device === 'lun' ? device : 'disk',
    source: diskSource(disk),
    readOnly: device === 'cdrom' || element(disk, 'readonly') !== undefined,
    shareable: element(disk, 'shareable') !== undefined,
    cache: attribute(disk, 'driver', 'cache'),
    format: attribute(disk, 'driver', 'type'),
    startupPolicy: attribute(disk, 'source', 'startupPolicy'),
  };
}

/** One layer below the top one of a disk. */
export interface LayerFacts {
  /** `undefined`: it is no file. */
  path: string | undefined;
  format: string;
}

/**
 * The layers below the top one of every disk, from the top down, by target. Only the definition of a running guest
 * that is not meant for migration names the ones that libvirt found by itself.
 *
 * @throws {XmlError} the document is not a domain.
 */
export function parseLayers(document: string): Map<string, LayerFacts[]> {
  const disks = elements(parseXml(document, 'domain'), 'devices/disk');
  return new Map(disks.map((disk) => [attribute(disk, 'target', 'dev') ?? '', layersBelow(disk)]));
}

function layersBelow(from: XmlElement): LayerFacts[] {
  const store = element(from, 'backingStore');
  const format = store && attribute(store, 'format', 'type');
  if (store === undefined || format === undefined) return [];
  return [{ path: attribute(store, 'source', 'file'), format }, ...layersBelow(store)];
}

function diskSource(disk: XmlElement): DiskFacts['source'] {
  const source = element(disk, 'source');
  if (source === undefined) return undefined;
  const kind = attribute(disk, '', 'type') ?? 'other';
  const of = (name: string): string => attribute(source, '', name) ?? '';
  switch (kind) {
    case 'file':
      return of('file') === '' ? undefined : { kind, path: of('file') };
    case 'block':
      return of('dev') === '' ? undefined : { kind, path: of('dev') };
    case 'volume':
      return { kind, pool: of('pool'), volume: of('volume') };
    case 'network':
      return { kind, protocol: of('protocol'), name: of('name') };
    default:
      return { kind: 'other', text: kind };
  }
}

function parseInterface(nic: XmlElement): InterfaceFacts {
  const kind = attribute(nic, '', 'type') ?? '';
  const sourceAttribute: Readonly<Record<string, string>> = {
    network: 'network',
    bridge: 'bridge',
    direct: 'dev',
  };
  const name = sourceAttribute[kind];
  return {
    kind,
    source: name === undefined ? undefined : attribute(nic, 'source', name),
    mac: attribute(nic, 'mac', 'address'),
    backend: attribute(nic, 'backend', 'type'),
  };
}

function staticOwner(root: XmlElement): QemuOwner | undefined {
  const label = elements(root, 'seclabel').find(
    (candidate) =>
      attribute(candidate, '', 'model') === 'dac' && attribute(candidate, '', 'type') === 'static',
  );
  return label === undefined ? undefined : parseDacLabel(text(label, 'label') ?? '');
}

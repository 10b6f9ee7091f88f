import { attribute, element, elements, parseXml, serializeXml, text } from '../../common/xml.ts';

/** What a host's capabilities say that matters to a migration. */
export interface CapabilitiesFacts {
  hostUuid: string;
  arch: string | undefined;
  /** The host's CPU as a `<cpu>` document. */
  hostCpuXml: string | undefined;
  /** NUMA nodes with their CPUs, by number; empty where the daemon does not tell. */
  cells: { id: number; cpus: number[] }[];
  /** Numeric owner of QEMU processes by virtualization type (`kvm`, `qemu`), from the `dac` security model. */
  qemuOwners: ReadonlyMap<string, QemuOwner>;
}

export interface QemuOwner {
  uid: number;
  gid: number;
}

/** @throws {XmlError} the document is not capabilities. */
export function parseCapabilities(document: string): CapabilitiesFacts {
  const root = parseXml(document, 'capabilities');
  const cpu = element(root, 'host/cpu');
  const dac = elements(root, 'host/secmodel').find((model) => text(model, 'model') === 'dac');
  const owners = (dac === undefined ? [] : elements(dac, 'baselabel')).flatMap(
    (label): [string, QemuOwner][] => {
      const owner = parseDacLabel(text(label) ?? '');
      return owner === undefined ? [] : [[attribute(label, '', 'type') ?? '', owner]];
    },
  );
  return {
    hostUuid: text(root, 'host/uuid') ?? '',
    arch: text(root, 'host/cpu/arch'),
    hostCpuXml: cpu === undefined ? undefined : serializeXml(cpu),
    cells: elements(root, 'host/topology/cells/cell').map((cell) => ({
      id: Number(attribute(cell, '', 'id')),
      cpus: elements(cell, 'cpus/cpu').map((one) => Number(attribute(one, '', 'id'))),
    })),
    qemuOwners: new Map(owners),
  };
}

/** `+64055:+64055`; names instead of numbers are not resolved. */
export function parseDacLabel(label: string): QemuOwner | undefined {
  const match = /^\+?(\d{1,10}):\+?(\d{1,10})$/.exec(label);
  return match === null ? undefined : { uid: Number(match[1]), gid: Number(match[2]) };
}

import { attribute, element, elements, text, type XmlElement } from '../../../common/xml.ts';
import { parseNumberSet } from './cpu-set.ts';
import { bytesPer } from './memory-units.ts';

/** To which parts of its host a guest's definition ties it. */
export interface GuestPlacement {
  /** `undefined`: it takes ordinary pages. `bytes` is `undefined` where it takes the host's default size. */
  hugePages: { bytes: number | undefined } | undefined;
  /** Host CPUs by what is tied to them: `vCPU 0`. */
  pins: { what: string; cpus: number[] }[];
  /** NUMA nodes of the host; `strict`: the guest is not started where they are missing. */
  nodes: { numbers: number[]; strict: boolean } | undefined;
}

export function parsePlacement(domain: XmlElement): GuestPlacement {
  return {
    hugePages: hugePages(domain),
    pins: [
      ...elements(domain, 'cputune/vcpupin').flatMap((pin) =>
        pinOf(pin, `vCPU ${attribute(pin, '', 'vcpu') ?? ''}`),
      ),
      ...elements(domain, 'cputune/iothreadpin').flatMap((pin) => pinOf(pin, 'an I/O thread')),
      ...elements(domain, 'cputune/emulatorpin').flatMap((pin) => pinOf(pin, 'QEMU itself')),
    ],
    nodes: nodes(domain),
  };
}

function hugePages(domain: XmlElement): GuestPlacement['hugePages'] {
  const wanted = element(domain, 'memoryBacking/hugepages');
  if (wanted === undefined) return undefined;
  const page = element(wanted, 'page');
  const size = page && attribute(page, '', 'size');
  if (page === undefined || size === undefined) return { bytes: undefined };
  return { bytes: Number(size) * bytesPer(attribute(page, '', 'unit')) };
}

function pinOf(pin: XmlElement, what: string): GuestPlacement['pins'] {
  const cpus = parseNumberSet(attribute(pin, '', 'cpuset') ?? '');
  return cpus === undefined ? [] : [{ what, cpus }];
}

/** A set that was found by the source's own advice (`placement='auto'`) is found anew on the destination. */
function nodes(domain: XmlElement): GuestPlacement['nodes'] {
  const memory = element(domain, 'numatune/memory');
  const numbers = memory && parseNumberSet(attribute(memory, '', 'nodeset') ?? '');
  if (memory === undefined || numbers === undefined) return undefined;
  return { numbers, strict: (attribute(memory, '', 'mode') ?? 'strict') === 'strict' };
}

/** The size of the guest's memory in bytes. */
export function memoryBytes(domain: XmlElement): number {
  const memory = element(domain, 'memory');
  if (memory === undefined) return 0;
  return Number(text(memory) ?? 0) * bytesPer(attribute(memory, '', 'unit'));
}

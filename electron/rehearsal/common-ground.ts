import { attribute, elements, parseXml, text, type XmlElement } from '../common/xml.ts';
import { NoCommonGroundError } from './rehearsal-problem.ts';

/** What a guest is made of that two hosts have in common. Words of libvirt's, checked to be nothing else. */
export interface GuestShape {
  virtType: 'kvm' | 'qemu';
  arch: string;
  machine: string;
}

/** A host with the text of its capabilities (`virConnectGetCapabilities`). */
export interface AskedHost {
  name: string;
  capabilities: string;
}

/**
 * The kind of guest to send from one host to the other: KVM where both have it, and the newest machine type that both
 * know under the same versioned name. Pure.
 *
 * @throws {NoCommonGroundError} there is none, or the two are one host
 * @throws {XmlError} what a host said is not capabilities
 */
export function commonGround(source: AskedHost, destination: AskedHost): GuestShape {
  const [here, there] = [readOffer(source.capabilities), readOffer(destination.capabilities)];
  const both = `${source.name} and ${destination.name}`;
  if (here.hostUuid !== '' && here.hostUuid === there.hostUuid) {
    throw new NoCommonGroundError('rehearsal.same-host', `${both} are one host, by their host UUID.`, {
      side: 'destination',
      remedy:
        'Choose two hosts; if these are two, set host_uuid_source = "machine-id" in libvirtd.conf of one of them and restart its libvirt.',
    });
  }
  if (here.arch === undefined || here.arch !== there.arch) {
    const kinds = `${here.arch ?? 'not told'} and ${there.arch ?? 'not told'}`;
    throw new NoCommonGroundError('rehearsal.architecture', `The processors of ${both} differ: ${kinds}.`, {
      side: 'destination',
      remedy: 'Choose two hosts of the same architecture; no running guest can move between these.',
    });
  }
  for (const virtType of ['kvm', 'qemu'] as const) {
    const machine = newestCommon(here.machines[virtType], there.machines[virtType]);
    if (machine !== undefined) return { virtType, arch: here.arch, machine };
  }
  throw new NoCommonGroundError('rehearsal.machine', `${both} have no machine type in common.`, {
    side: 'destination',
    remedy: 'Install QEMU versions on both hosts that share a machine type, as a distribution’s own do.',
  });
}

interface HostOffer {
  hostUuid: string;
  arch: string | undefined;
  /** By virtualization type: names of machine types for guests of the host’s own architecture. */
  machines: Record<GuestShape['virtType'], string[]>;
}

function readOffer(capabilities: string): HostOffer {
  const root = parseXml(capabilities, 'capabilities');
  const arch = plainWord(text(root, 'host/cpu/arch'));
  const types = elements(root, 'guest')
    .filter((guest) => text(guest, 'os_type') === 'hvm')
    .flatMap((guest) => elements(guest, 'arch'))
    .filter((guest) => arch !== undefined && attribute(guest, '', 'name') === arch);
  const machines = (virtType: string): string[] =>
    types.flatMap((type) => {
      const domain = elements(type, 'domain').find((one) => attribute(one, '', 'type') === virtType);
      if (domain === undefined) return [];
      // A virtualization type with machines of its own does not take those of the architecture.
      const own = elements(domain, 'machine');
      return (own.length > 0 ? own : elements(type, 'machine')).flatMap(usableNames);
    });
  return {
    hostUuid: text(root, 'host/uuid') ?? '',
    arch,
    machines: { kvm: machines('kvm'), qemu: machines('qemu') },
  };
}

/** The name that means the same on every host: what an alias as `q35` stands for differs from version to version. */
function usableNames(machine: XmlElement): string[] {
  if (attribute(machine, '', 'deprecated') === 'yes') return [];
  const name = plainWord(attribute(machine, '', 'canonical') ?? text(machine));
  return name === undefined ? [] : [name];
}

/** Boards that a guest without any device starts on, the preferred one first. */
const families = [/^pc-q35-/, /^pc-i440fx-/, /^(?:virt|pseries|s390-ccw-virtio)(?:-|$)/];

const byVersion = new Intl.Collator('en', { numeric: true });

function newestCommon(here: readonly string[], there: readonly string[]): string | undefined {
  const common = here.filter((name) => there.includes(name)).toSorted((a, b) => byVersion.compare(b, a));
  return families.flatMap((family) => common.filter((name) => family.test(name)))[0];
}

/** Names of architectures and machine types; what a host says goes into a document for another one. */
function plainWord(word: string | undefined): string | undefined {
  return word !== undefined && /^[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}$/.test(word) ? word : undefined;
}

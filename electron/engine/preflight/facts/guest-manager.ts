import { printable } from '../../../common/printable.ts';
import { attribute, elements, text, type XmlElement } from '../../../common/xml.ts';

/** A program that keeps a record of its own of where the guest runs. */
export interface GuestManager {
  name: string;
  /** Where that stands. */
  evidence: string;
  /** How it is moved in the manager's own way, as the start of a sentence. */
  remedy: string;
}

interface KnownManager extends Omit<GuestManager, 'evidence'> {
  /** XML namespaces of its notes in `<metadata>`. */
  namespaces: RegExp | undefined;
  /** What it tells the guest about its maker (`<sysinfo type='smbios'>`, "manufacturer"). */
  maker: RegExp | undefined;
}

/**
 * What managers write into a definition: nova/virt/libvirt/config.py (OpenStack), vdsm's virt/metadata.py (oVirt),
 * the API schema of KubeVirt, src/vmm/LibVirtDriverKVM.cc (OpenNebula), LibvirtVMDef.java (CloudStack).
 */
const knownManagers: readonly KnownManager[] = [
  {
    name: 'OpenStack',
    namespaces: /^http:\/\/openstack\.org\/xmlns\/libvirt\/nova\/\d/,
    maker: /^OpenStack Foundation$/,
    remedy: 'Let OpenStack move it: openstack server migrate --live-migration SERVER',
  },
  {
    name: 'oVirt',
    namespaces: /^http:\/\/ovirt\.org\/vm\//,
    maker: /^oVirt$/,
    remedy: 'Let oVirt move it: "Migrate" in its portal',
  },
  {
    name: 'KubeVirt',
    namespaces: /^https?:\/\/kubevirt\.io(\/|$)/,
    maker: /^KubeVirt$/,
    remedy: 'Let KubeVirt move it: virtctl migrate VM',
  },
  {
    name: 'OpenNebula',
    namespaces: /^http:\/\/opennebula\.org\/xmlns\/libvirt\//,
    maker: undefined,
    remedy: 'Let OpenNebula move it: onevm migrate --live VM HOST',
  },
  {
    name: 'CloudStack',
    namespaces: undefined,
    maker: /^Apache Software Foundation$/,
    remedy: 'Let CloudStack move it: "Migrate instance to another host" in its portal',
  },
];

/** Notes of programs that start guests or describe them, but do not mind where they run. */
const harmless = [/^http:\/\/libosinfo\.org\//, /^https?:\/\/(virt-manager\.org|libvirt\.org)(\/|$)/];

/** Who else believes to know where this guest runs, by its definition. */
export function findManager(domain: XmlElement): GuestManager | undefined {
  const namespaces = noteNamespaces(domain);
  const maker = smbiosMaker(domain);
  for (const { name, remedy, ...known } of knownManagers) {
    const namespace = namespaces.find((uri) => known.namespaces?.test(uri));
    if (namespace !== undefined) {
      return { name, remedy, evidence: `the definition has notes of ${printable(namespace, 200)}` };
    }
    if (maker !== undefined && known.maker?.test(maker) === true) {
      return { name, remedy, evidence: `the guest is told that its maker is "${printable(maker, 100)}"` };
    }
  }
  return undefined;
}

/** Namespaces of notes in the definition by programs that are not known here. */
export function findUnknownNotes(domain: XmlElement): string[] {
  const known = [...harmless, ...knownManagers.flatMap(({ namespaces }) => namespaces ?? [])];
  const unknown = noteNamespaces(domain).filter((uri) => !known.some((pattern) => pattern.test(uri)));
  return [...new Set(unknown)].map((uri) => printable(uri, 200));
}

function noteNamespaces(domain: XmlElement): string[] {
  return elements(domain, 'metadata/*').flatMap(({ namespaceURI }) => namespaceURI ?? []);
}

function smbiosMaker(domain: XmlElement): string | undefined {
  const entry = elements(domain, 'sysinfo/system/entry').find(
    (candidate) => attribute(candidate, '', 'name') === 'manufacturer',
  );
  return entry && text(entry);
}

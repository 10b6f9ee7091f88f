import { attribute, element, elements, type XmlElement } from '../../../common/xml.ts';

/** What stands in the way of a move, in words, and how much: see `judgeObstacle`. */
export interface Obstacle {
  what: string;
  kind: 'refused' | 'by-driver' | 'plugged-anew' | 'cut-off';
}

/**
 * Devices and settings of a guest that its hypervisor will not move, or not as they are.
 *
 * What libvirt refuses in Begin (`qemuMigrationSrcIsAllowed` and the checks it calls) and what QEMU registers a
 * migration blocker for.
 */
export function findObstacles(domain: XmlElement): Obstacle[] {
  const refused = [
    ...elements(domain, 'devices/filesystem').map(sharedDirectory),
    ...elements(domain, 'devices/shmem').flatMap(sharedMemory),
    ...elements(domain, 'devices/disk').flatMap(disk),
    ...elements(domain, 'devices/video').flatMap(video),
    ...launchSecurity(domain),
    ...invariantTsc(domain),
    ...elements(domain, 'devices/memory').flatMap(looseMemory),
  ];
  return [
    ...elements(domain, 'devices/hostdev').flatMap(hostDevice),
    ...elements(domain, 'devices/interface').flatMap(networkInterface),
    ...refused.map((what): Obstacle => ({ what, kind: 'refused' })),
  ];
}

/** A device that QEMU takes away before the move and gives back after it (`<teaming type='transient'>`). */
function isTakenAway(device: XmlElement): boolean {
  return attribute(device, 'teaming', 'type') === 'transient';
}

const kindsByDriver = ['pci', 'mdev'];

function hostDevice(device: XmlElement): Obstacle[] {
  if (isTakenAway(device)) return [];
  const type = attribute(device, '', 'type') ?? attribute(device, '', 'mode') ?? 'unknown';
  const address = element(device, 'source/address');
  const where = [...(address?.attributes ?? [])].map(({ name, value }) => `${name} ${value}`).join(' ');
  const what = `the ${type} device of the host passed through to it${where === '' ? '' : ` (${where})`}`;
  if (type === 'usb') return [{ what, kind: 'plugged-anew' }];
  return [{ what, kind: kindsByDriver.includes(type) ? 'by-driver' : 'refused' }];
}

function networkInterface(nic: XmlElement): Obstacle[] {
  const type = attribute(nic, '', 'type');
  const mac = attribute(nic, 'mac', 'address') ?? '';
  if ((type === 'user' || type === 'vhostuser') && attribute(nic, 'backend', 'type') === 'passt') {
    return [{ what: `the network interface ${mac} behind a passt process of the host`, kind: 'cut-off' }];
  }
  if ((type !== 'hostdev' && type !== 'vdpa') || isTakenAway(nic)) return [];
  return [{ what: `the network interface ${mac} on a passed-through ${type} device`, kind: 'by-driver' }];
}

function sharedDirectory(filesystem: XmlElement): string {
  const target = attribute(filesystem, 'target', 'dir') ?? '';
  const driver = attribute(filesystem, 'driver', 'type') === 'virtiofs' ? 'virtiofs' : '9p';
  return `the shared directory ${target} (${driver})`;
}

/** Only the shared memory that the guest owns (`role='master'`) moves along. */
function sharedMemory(shmem: XmlElement): string[] {
  if (attribute(shmem, '', 'role') === 'master' && attribute(shmem, 'model', 'type') !== 'ivshmem') return [];
  return [`the shared memory ${attribute(shmem, '', 'name') ?? ''}`];
}

function disk(device: XmlElement): string[] {
  if (element(device, 'transient') === undefined) return [];
  return [`the transient disk ${attribute(device, 'target', 'dev') ?? ''}`];
}

function video(device: XmlElement): string[] {
  return attribute(device, 'model/acceleration', 'accel3d') === 'yes' ? ['its accelerated 3D graphics'] : [];
}

function launchSecurity(domain: XmlElement): string[] {
  const kind = attribute(domain, 'launchSecurity', 'type');
  return kind === 'sev' || kind === 'sev-snp' || kind === 'tdx' ? [`its encrypted memory (${kind})`] : [];
}

/** Memory that was plugged in without a place of its own: the destination could not put it where it is now. */
function looseMemory(memory: XmlElement): string[] {
  if (attribute(memory, '', 'model') !== 'dimm' || attribute(memory, 'address', 'type') === 'dimm') return [];
  return ['a memory module (dimm) without slot and base address'];
}

/** The invariant TSC feature binds a guest to the host's clock rate, unless the definition fixes the rate. */
function invariantTsc(domain: XmlElement): string[] {
  const required = elements(domain, 'cpu/feature').some(
    (feature) =>
      attribute(feature, '', 'name') === 'invtsc' &&
      ['require', 'force'].includes(attribute(feature, '', 'policy') ?? 'require'),
  );
  const fixedRate = elements(domain, 'clock/timer').some(
    (timer) => attribute(timer, '', 'name') === 'tsc' && attribute(timer, '', 'frequency') !== undefined,
  );
  return required && !fixedRate ? ['the CPU feature invtsc without a fixed TSC frequency'] : [];
}

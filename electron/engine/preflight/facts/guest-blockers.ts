import { attribute, element, elements, type XmlElement } from '../../../common/xml.ts';

/**
 * Devices and settings of a guest that its hypervisor will not move, in words.
 *
 * What libvirt refuses in Begin (`qemuMigrationSrcIsAllowed` and the checks it calls) and what QEMU registers a
 * migration blocker for.
 */
export function findBlockers(domain: XmlElement): string[] {
  return [
    ...elements(domain, 'devices/hostdev').map(hostDevice),
    ...elements(domain, 'devices/interface').flatMap(networkInterface),
    ...elements(domain, 'devices/filesystem').map(sharedDirectory),
    ...elements(domain, 'devices/shmem').flatMap(sharedMemory),
    ...elements(domain, 'devices/disk').flatMap(disk),
    ...elements(domain, 'devices/video').flatMap(video),
    ...launchSecurity(domain),
    ...invariantTsc(domain),
  ];
}

function hostDevice(device: XmlElement): string {
  const kind = attribute(device, '', 'type') ?? attribute(device, '', 'mode') ?? 'unknown';
  const address = element(device, 'source/address');
  const where = [...(address?.attributes ?? [])].map(({ name, value }) => `${name} ${value}`).join(' ');
  return `the ${kind} device of the host passed through to it${where === '' ? '' : ` (${where})`}`;
}

function networkInterface(nic: XmlElement): string[] {
  const kind = attribute(nic, '', 'type');
  if (kind !== 'hostdev' && kind !== 'vdpa') return [];
  return [
    `the network interface ${attribute(nic, 'mac', 'address') ?? ''} on a passed-through ${kind} device`,
  ];
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

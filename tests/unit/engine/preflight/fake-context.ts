import type { Check } from '../../../../electron/engine/preflight/check.ts';
import type { HostFacts, PreflightContext } from '../../../../electron/engine/preflight/context.ts';
import { findPeerLogin } from '../../../../electron/engine/preflight/peer/find-peer-login.ts';
import { readQemuSettings } from '../../../../electron/setup/config/qemu-settings.ts';
import type { PlannedIdentity } from '../../../../electron/common/host/one-time-identity.ts';
import type { DaemonFacts } from '../../../../electron/engine/preflight/facts/daemon.ts';
import type { GuestFacts } from '../../../../electron/engine/preflight/facts/guest.ts';
import type { DiskFacts } from '../../../../electron/engine/preflight/facts/guest-xml.ts';
import type { ServiceFacts } from '../../../../electron/engine/preflight/facts/service.ts';
import type { PathFacts, VolumeFacts } from '../../../../electron/engine/preflight/facts/storage.ts';
import { defaultPlanOptions } from '../../../../electron/engine/plan.ts';
import type { Finding } from '../../../../electron/engine/finding.ts';
import { now } from '../../pki/certificates.ts';

const version = (text: string): { number: number; text: string } => {
  const [major = 0, minor = 0, release = 0] = text.split('.').map(Number);
  return { number: major * 1_000_000 + minor * 1_000 + release, text };
};

export function daemonFacts(
  hostname: string,
  {
    libvirt = '9.0.0',
    qemu = '7.2.0',
    ...rest
  }: Partial<Omit<DaemonFacts, 'libvirt' | 'qemu'>> & {
    libvirt?: string;
    qemu?: string;
  } = {},
): DaemonFacts {
  return {
    libvirt: version(libvirt),
    qemu: version(qemu),
    hypervisor: 'QEMU',
    hostname,
    readOnly: false,
    hasMigrationV3: true,
    hasMigrationParams: true,
    hasMigrationP2p: true,
    ...rest,
  };
}

export const given =
  <T>(value: T) =>
  (): Promise<T> =>
    Promise.resolve(value);
export const failing = (error: Error) => (): Promise<never> => Promise.reject(error);

/** A host on which nothing is wrong; a test replaces the facts that it is about. */
export function fakeHost(side: HostFacts['side'], facts: Partial<HostFacts> = {}): HostFacts {
  const name = side === 'source' ? 'alpha.lab' : 'beta.lab';
  return {
    side,
    name,
    connectUri: `qemu+ssh://root@${name}/system`,
    seen: () => undefined,
    daemon: given(daemonFacts(name)),
    capabilities: given({
      hostUuid: `uuid of ${name}`,
      arch: 'x86_64',
      hostCpuXml: '<cpu><model>host</model></cpu>',
      cells: [{ id: 0, cpus: [0, 1, 2, 3] }],
      qemuOwners: new Map([['kvm', { uid: 64_055, gid: 64_055 }]]),
    }),
    domainCapabilities: given('<domainCapabilities/>'),
    compareCpu: given({ result: 'identical' }),
    domainByName: given(undefined),
    domainByUuid: given(undefined),
    network: given({ active: true }),
    freeMemoryBytes: given(64 * 1024 ** 3),
    hasIncomingMigration: given(false),
    poolForDirectory: given({ name: 'images', active: true, availableBytes: 100 * 1024 ** 3 }),
    poolByName: given({ name: 'images', active: true, availableBytes: 100 * 1024 ** 3 }),
    volumeByPath: given(undefined),
    volumeByName: given(undefined),
    qemuSettings: given(readQemuSettings('')),
    tlsTree: failing(new Error('this test gives no certificates')),
    qemuOwner: given({ uid: 64_055, gid: 64_055 }),
    slirpHelper: given('absent'),
    libvirtKey: given({ path: '/etc/pki/libvirt/private/key.pem', stat: undefined, directories: [] }),
    freeHugePages: given(undefined),
    path: given(pathFacts('nfs')),
    freeBytes: given(100 * 1024 ** 3),
    image: given({ format: 'qcow2', capacityBytes: 10 * 1024 ** 3 }),
    putMarker: failing(new Error('this test asks the context whether storage is shared')),
    seesMarker: failing(new Error('this test asks the context whether storage is shared')),
    hasNetworkDevice: given(true),
    clock: given({ offsetMs: 0, uncertaintyMs: 5 }),
    resolve: given({ addresses: ['198.51.100.12'] }),
    minRsaBits: given(1024),
    libvirtCertificates: failing(new Error('this test gives no certificates of libvirt')),
    service: given(serviceFacts()),
    dataEnd: failing(new Error('this test asks the context for a handshake')),
    daemonDoor: given({
      confPath: '/etc/libvirt/libvirtd.conf',
      port: 16_514,
      verifiesClient: true,
      allowedNames: undefined,
      wantsSasl: false,
      saslAllowed: undefined,
    }),
    relay: given({ owner: { uid: 64_055, gid: 64_055 }, hostKeyVerified: true }),
    tryPeerLogin: given({ kind: 'in', by: 'certificate' }),
    tryPeerServer: given({ kind: 'server-refuses', reason: undefined, said: 'certificate required' }),
    rootCredentials: given({ principal: undefined, user: undefined }),
    saslRules: given({ mechanisms: undefined, users: undefined }),
    ...facts,
  };
}

export function guestFacts(facts: Partial<GuestFacts> = {}): GuestFacts {
  const uuid = '11111111-2222-3333-4444-555555555555';
  return {
    dom: { name: 'web01', uuid, id: 1 },
    name: 'web01',
    uuid,
    memoryBytes: 1024 ** 3,
    placement: { hugePages: undefined, pins: [], nodes: undefined },
    startFiles: [],
    tpm: undefined,
    virtType: 'kvm',
    arch: 'x86_64',
    machine: 'pc-q35-7.2',
    emulator: '/usr/bin/qemu-system-x86_64',
    cpuXml: '<cpu mode="custom"><model>qemu64</model></cpu>',
    cpuMode: 'custom',
    cpuThreads: 1,
    cpuFeatures: { required: [], disabled: [] },
    disks: [],
    interfaces: [],
    obstacles: [],
    manager: undefined,
    unknownNotes: [],
    staticOwner: undefined,
    state: 'running',
    stateInWords: 'running',
    isHeldByMigration: false,
    persistent: false,
    snapshots: 0,
    checkpoints: 0,
    hasManagedSave: false,
    runningJob: undefined,
    disksWithBlockJob: [],
    diskSizes: new Map(),
    diskLayers: new Map(),
    ...facts,
  };
}

/** A daemon that listens for TLS alone and knows its settings, on a host without a firewall. */
export function serviceFacts(facts: Partial<ServiceFacts> = {}): ServiceFacts {
  return {
    listensBy: 'systemd',
    tls: { port: 16_514, listening: true },
    tcp: { listening: false, open: false },
    changedSince: [],
    served: undefined,
    firewall: { kind: 'none' },
    ...facts,
  };
}

/** A small file, or what else there is, on a file system of this kind. */
export function pathFacts(fileSystem: string, facts: Partial<PathFacts> = {}): PathFacts {
  return { kind: 'file', sizeBytes: 1, allocatedBytes: 4096, fileSystem, ...facts };
}

/** A volume of the pool "images". */
export function volumeFacts(facts: Partial<VolumeFacts> = {}): VolumeFacts {
  return {
    pool: 'images',
    name: 'a.qcow2',
    path: '/var/lib/libvirt/images/a.qcow2',
    capacityBytes: 10 * 1024 ** 3,
    allocatedBytes: 0,
    format: 'qcow2',
    ...facts,
  };
}

export function diskFacts(facts: Partial<DiskFacts> = {}): DiskFacts {
  return {
    target: 'vda',
    device: 'disk',
    source: { kind: 'file', path: '/var/lib/libvirt/images/a.qcow2' },
    readOnly: false,
    shareable: false,
    cache: 'none',
    format: 'qcow2',
    startupPolicy: undefined,
    ...facts,
  };
}

export interface Facts {
  source?: Partial<HostFacts> | undefined;
  destination?: Partial<HostFacts> | undefined;
  guest?: Partial<GuestFacts>;
  context?: Partial<PreflightContext>;
  identity?: PlannedIdentity;
}

export function fakeContext({ source, destination, guest, context, identity }: Facts = {}): PreflightContext {
  const options = context?.options ?? defaultPlanOptions;
  const hosts = { source: fakeHost('source', source), destination: fakeHost('destination', destination) };
  return {
    options,
    guestName: 'web01',
    now,
    ...hosts,
    peerLogin: () => findPeerLogin(options, hosts.source, hosts.destination, identity),
    guest: given(guestFacts(guest)),
    sharing: given({ kind: 'shared', evidence: 'a file made here was seen there' }),
    dataAddress: given({
      migrateUri: 'tcp://beta.lab',
      host: 'beta.lab',
      port: undefined,
      because: 'test',
      tlsName: 'beta.lab',
    }),
    tryData: given({ kind: 'agreed', asRoot: false }),
    probePorts: given([{ port: 49_152, outcome: 'open', detail: '' }]),
    ...context,
  };
}

/** `level id` of each finding: what most tables compare. */
export async function verdict(check: Check, facts?: Facts): Promise<string[]> {
  return (await findingsOf(check, facts)).map(({ level, id }) => `${level} ${id}`);
}

/** Runs a check and holds it to what every finding owes its reader. */
export async function findingsOf(check: Check, facts?: Facts): Promise<Finding[]> {
  const findings = await check.run(fakeContext(facts));
  for (const finding of findings) {
    if (!finding.id.startsWith(check.id)) throw new Error(`${finding.id} does not belong to ${check.id}`);
    if (['warning', 'error', 'unknown'].includes(finding.level) && !finding.remedy) {
      throw new Error(`${finding.id} has no remedy`);
    }
    if (/undefined|\[object|NaN|"?null/.test(`${finding.summary}${finding.remedy ?? ''}`)) {
      throw new Error(`${finding.id} says: ${finding.summary} ${finding.remedy ?? ''}`);
    }
  }
  return findings;
}

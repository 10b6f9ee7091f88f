import { RootShell } from '../../common/host/root-shell.ts';
import { noSudoPrompts } from '../../common/host/sudo-prompts.ts';
import type { HostAccess, HostShell } from '../../hosts/host-access.ts';
import type { CallOptions } from '../../libvirt/index.ts';
import type { HostFacts } from './context.ts';
import { FactUnavailableError } from './errors.ts';
import { parseCapabilities } from '../../setup/facts/capabilities.ts';
import {
  compareCpu,
  findDomain,
  findNetwork,
  hasIncomingMigration,
  loadCapabilities,
  loadDaemon,
  loadDomainCapabilities,
  loadFreeMemoryBytes,
} from './facts/daemon.ts';
import { hasNetworkDevice, loadFreeBytes, loadImageHeader, loadPath, readQemuConf } from './facts/files.ts';
import { loadFreeHugePages } from './facts/huge-pages.ts';
import { loadMinRsaBits } from './facts/key-policy.ts';
import { readClock, resolveName } from './facts/network-probes.ts';
import type { ToolOptions } from './facts/shell-tools.ts';
import { putMarker, seesMarker, type MarkerHand } from './facts/shared-marker.ts';
import { loadService } from './facts/service.ts';
import { loadSlirpHelper } from './facts/slirp-helper.ts';
import { findPool, findPoolForDirectory, findVolume, findVolumeByPath } from './facts/storage.ts';
import { libvirtFiles } from '../../setup/config/libvirt-files.ts';
import { loadGuardedFile, loadTlsTree, type TlsPurpose } from './facts/tls-tree.ts';
import { dataEndOf } from './facts/data-end.ts';
import { loadDaemonDoor } from './peer/daemon-door.ts';
import { loadLibvirtCertificates } from './peer/libvirt-certificates.ts';
import { tryRelay } from './facts/relay.ts';
import { tryPeerLogin, tryPeerServer, usualFiles } from './peer/login-trial.ts';
import { loadRootCredentials, loadSaslRules } from './peer/sasl-facts.ts';
import type { QemuOwner } from '../../setup/facts/capabilities.ts';
import { once, onceForEach } from './once.ts';
import { readQemuSettings } from '../../setup/config/qemu-settings.ts';

/** The guest's part in the question who runs its QEMU process. */
export type OwnerOf = (hostOwners: ReadonlyMap<string, QemuOwner>) => Promise<QemuOwner | undefined>;

/** A shell, or the sentence that says why there is none. */
export type RequireShell = () => Promise<HostShell>;

/** A single question to a daemon that takes longer than this is not going to help a review. */
const callDeadlineMs = 6_000;

export function requireShell(access: HostAccess, signal: AbortSignal): RequireShell {
  return once(async () => {
    const shell = await access.shell(signal);
    if (shell !== undefined) return shell;
    throw new FactUnavailableError(
      'no-shell',
      `${access.name} is not reached over SSH, so its files and its network cannot be looked at.`,
      `Connect to ${access.name} with qemu+ssh:// to have this checked.`,
    );
  });
}

/** The facts of one host, fetched over its shared control connection and its shell. */
export function hostFacts(
  side: HostFacts['side'],
  access: HostAccess,
  shell: RequireShell,
  ownerOf: OwnerOf,
  signal: AbortSignal,
): HostFacts {
  const { name } = access;
  const options: CallOptions = { signal, deadlineMs: callDeadlineMs };
  const tools: ToolOptions = { signal };
  const client = once(() => access.control(signal));
  const capabilities = once(async () => parseCapabilities(await loadCapabilities(await client(), options)));
  // A review asks nobody for a password.
  const root = once(async () => RootShell.open(await shell(), name, noSudoPrompts, signal));
  const qemuSettings = once(async () => readQemuSettings(await readQemuConf(await shell(), name, tools)));
  const path = onceForEach(async (file) => loadPath(await shell(), name, file, tools));
  const volumeByPath = onceForEach(async (file) => findVolumeByPath(await client(), file, options));
  const hand = async (): Promise<MarkerHand> => ({ host: name, shell: await shell(), root });
  const tlsTree = onceForEach(async (purpose: TlsPurpose) =>
    loadTlsTree(
      await shell(),
      name,
      purpose,
      await qemuSettings(),
      await ownerOf((await capabilities()).qemuOwners),
      tools,
    ),
  );
  return {
    side,
    name,
    connectUri: access.connectUri,
    seen: () => access.seen,
    daemon: once(async () => loadDaemon(await client(), options)),
    capabilities,
    domainCapabilities: async (query) => loadDomainCapabilities(await client(), query, options),
    compareCpu: async (query, cpuXml) => compareCpu(await client(), query, cpuXml, options),
    domainByName: onceForEach(async (domain) => findDomain(await client(), { name: domain }, options)),
    domainByUuid: onceForEach(async (uuid) => findDomain(await client(), { uuid }, options)),
    network: onceForEach(async (network) => findNetwork(await client(), network, options)),
    freeMemoryBytes: once(async () => loadFreeMemoryBytes(await client(), options)),
    hasIncomingMigration: async () => hasIncomingMigration(await client(), options),
    poolForDirectory: onceForEach(async (path) => findPoolForDirectory(await client(), path, options)),
    poolByName: onceForEach(async (pool) => findPool(await client(), pool, options)),
    volumeByPath,
    volumeByName: async (pool, volume) => findVolume(await client(), pool, volume, options),
    qemuOwner: async () => ownerOf((await capabilities()).qemuOwners),
    qemuSettings,
    tlsTree,
    service: once(async () => loadService(await shell(), await root(), signal)),
    dataEnd: async (purpose) => dataEndOf(await shell(), await root(), await tlsTree(purpose), signal),
    slirpHelper: once(async () => loadSlirpHelper(await shell(), (await qemuSettings()).slirpHelper, tools)),
    freeHugePages: onceForEach(async (size: string) => loadFreeHugePages(await shell(), name, size, tools)),
    path,
    freeBytes: onceForEach(async (directory) => loadFreeBytes(await shell(), name, directory, tools)),
    image: onceForEach(async (file) => {
      const volume = await volumeByPath(file);
      if (volume?.format !== undefined) return { format: volume.format, capacityBytes: volume.capacityBytes };
      const { sizeBytes = 0 } = (await path(file)) ?? {};
      return loadImageHeader(await root(), name, file, sizeBytes, tools);
    }),
    putMarker: async (file, marker) => putMarker(await hand(), file, marker, signal),
    seesMarker: async (file, marker) => seesMarker(await hand(), file, marker, signal),
    hasNetworkDevice: onceForEach(async (device) => hasNetworkDevice(await shell(), name, device, tools)),
    clock: once(async () => readClock(await shell(), name, tools)),
    resolve: onceForEach(async (host) => resolveName(await shell(), name, host, tools)),
    minRsaBits: once(async () => loadMinRsaBits(await shell(), name, tools)),
    libvirtCertificates: onceForEach(async (purpose: TlsPurpose) =>
      loadLibvirtCertificates(await shell(), name, purpose, tools),
    ),
    libvirtKey: onceForEach(async (purpose: TlsPurpose) =>
      loadGuardedFile(await shell(), name, libvirtFiles[purpose].key, tools),
    ),
    daemonDoor: once(async () => loadDaemonDoor(await shell(), await root(), name, signal)),
    tryPeerLogin: async (address) => tryPeerLogin(await root(), address, usualFiles, signal),
    tryPeerServer: async (address, trusted) => tryPeerServer(await root(), address, trusted, signal),
    rootCredentials: onceForEach(async (host) => loadRootCredentials(await root(), host, signal)),
    saslRules: once(async () => loadSaslRules(await root(), signal)),
    relay: once(async () => tryRelay(access, await ownerOf((await capabilities()).qemuOwners), signal)),
  };
}

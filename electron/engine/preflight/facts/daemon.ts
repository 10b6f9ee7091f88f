import {
  allDomainStats,
  domainStates,
  domainStatsGroups,
  listDomainsFlags,
  pausedReasons,
  capabilities,
  cpuComparisons,
  domainByName,
  domainByUuid,
  domainCapabilities,
  hostname,
  hypervisorName,
  hypervisorVersion,
  isLibvirtError,
  isPersistent,
  errorCodes,
  libvirtFeatures,
  libVersion,
  procedures,
  type CallOptions,
  type DomainCapabilitiesQuery,
  type DomainRef,
  type LibvirtCalls,
  type LibvirtVersion,
} from '../../../libvirt/index.ts';

export type { DomainCapabilitiesQuery };

/** The daemon at the other end of a control connection. */
export interface DaemonFacts {
  libvirt: LibvirtVersion;
  qemu: LibvirtVersion;
  /** "QEMU", or the name of another driver. */
  hypervisor: string;
  /** What the host calls itself. */
  hostname: string;
  readOnly: boolean;
  /** Managed migration of protocol version 3 (feature 6), and with typed parameters (feature 13). */
  hasMigrationV3: boolean;
  hasMigrationParams: boolean;
  /** Can drive a migration by itself (feature 4). */
  hasMigrationP2p: boolean;
}

export interface KnownDomain {
  name: string;
  uuid: string;
  active: boolean;
  persistent: boolean;
}

export type CpuComparison = { result: 'identical' | 'superset' } | { result: 'incompatible'; reason: string };

export async function loadDaemon(client: LibvirtCalls, options: CallOptions): Promise<DaemonFacts> {
  const [libvirt, qemu, hypervisor, name, v3, migrationParams, p2p] = await Promise.all([
    libVersion(client, options),
    hypervisorVersion(client, options),
    hypervisorName(client, options),
    hostname(client, options),
    client.supportsFeature(libvirtFeatures.migrationV3, options),
    client.supportsFeature(libvirtFeatures.migrationParams, options),
    client.supportsFeature(libvirtFeatures.migrationP2p, options),
  ]);
  return {
    libvirt,
    qemu,
    hypervisor,
    hostname: name,
    readOnly: client.readOnly,
    hasMigrationV3: v3,
    hasMigrationParams: migrationParams,
    hasMigrationP2p: p2p,
  };
}

export const loadCapabilities = capabilities;
export const loadDomainCapabilities = domainCapabilities;

/**
 * Whether QEMU on that host can give a guest this CPU (`virConnectCompareHypervisorCPU`).
 *
 * The daemon is asked to fail on an incompatible CPU, because only that error names the missing features.
 */
export async function compareCpu(
  client: LibvirtCalls,
  query: DomainCapabilitiesQuery,
  cpuXml: string,
  options: CallOptions,
): Promise<CpuComparison> {
  const args = {
    emulator: query.emulator,
    arch: query.arch,
    machine: query.machine,
    virttype: query.virtType,
    xmlCPU: cpuXml,
    flags: 1,
  };
  try {
    const { result } = await client.call(procedures.connectCompareHypervisorCpu, args, options);
    if (result === cpuComparisons.identical) return { result: 'identical' };
    if (result === cpuComparisons.superset) return { result: 'superset' };
    return { result: 'incompatible', reason: 'The daemon gave no reason.' };
  } catch (error) {
    if (!isLibvirtError(error, errorCodes.cpuIncompatible)) throw error;
    return { result: 'incompatible', reason: error.message };
  }
}

export async function findDomain(
  client: LibvirtCalls,
  by: { name: string } | { uuid: string },
  options: CallOptions,
): Promise<KnownDomain | undefined> {
  const dom = await absentAsUndefined(errorCodes.noDomain, () =>
    'name' in by ? domainByName(client, by.name, options) : domainByUuid(client, by.uuid, options),
  );
  if (dom === undefined) return undefined;
  return describeDomain(client, dom, options);
}

async function describeDomain(
  client: LibvirtCalls,
  dom: DomainRef,
  options: CallOptions,
): Promise<KnownDomain> {
  const [{ active }, persistent] = await Promise.all([
    client.call(procedures.domainIsActive, { dom }, options),
    isPersistent(client, dom, options),
  ]);
  return { name: dom.name, uuid: dom.uuid, active, persistent };
}

export async function findNetwork(
  client: LibvirtCalls,
  name: string,
  options: CallOptions,
): Promise<{ active: boolean } | undefined> {
  const found = await absentAsUndefined(errorCodes.noNetwork, () =>
    client.call(procedures.networkLookupByName, { name }, options),
  );
  if (found === undefined) return undefined;
  const { active } = await client.call(procedures.networkIsActive, { net: found.net }, options);
  return { active };
}

/**
 * Whether a guest is arriving on this host: its port is promised to it, and until QEMU has bound it nothing shows
 * that it is taken.
 */
export async function hasIncomingMigration(client: LibvirtCalls, options: CallOptions): Promise<boolean> {
  const query = { flags: listDomainsFlags.active };
  const domains = await allDomainStats(client, domainStatsGroups.state, query, options);
  const arriving: readonly unknown[] = [pausedReasons.migration, pausedReasons.startingUp];
  return domains.some(
    ({ stats }) =>
      stats.get('state.state') === domainStates.paused && arriving.includes(stats.get('state.reason')),
  );
}

/** Free memory and what the kernel gives back on demand (page cache, buffers), in bytes. */
export async function loadFreeMemoryBytes(client: LibvirtCalls, options: CallOptions): Promise<number> {
  const allCells = -1;
  const { nparams } = await client.call(
    procedures.nodeGetMemoryStats,
    { nparams: 0, cellNum: allCells, flags: 0 },
    options,
  );
  const { params } = await client.call(
    procedures.nodeGetMemoryStats,
    { nparams, cellNum: allCells, flags: 0 },
    options,
  );
  const kib = params
    .filter(({ field }) => ['free', 'buffers', 'cached'].includes(field))
    .reduce((sum, { value }) => sum + value, 0n);
  return Number(kib) * 1024;
}

/** `undefined` for the error that says there is no such thing; every other error is thrown. */
export async function absentAsUndefined<T>(
  code: (typeof errorCodes)[keyof typeof errorCodes],
  look: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (isLibvirtError(error, code)) return undefined;
    throw error;
  }
}

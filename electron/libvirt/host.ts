import type { LibvirtCalls } from './libvirt-calls.ts';
import { procedures } from './protocol/procedures.ts';
import type { CallOptions } from './rpc/call-table.ts';

/** A version as libvirt counts: 9.0.0 is 9000000. */
export interface LibvirtVersion {
  readonly number: number;
  readonly text: string;
}

/** The physical machine. */
export interface NodeInfo {
  readonly model: string;
  readonly memoryKiB: bigint;
  readonly cpus: number;
  readonly mhz: number;
  readonly nodes: number;
  readonly sockets: number;
  readonly cores: number;
  readonly threads: number;
}

/** Version of the daemon's library. */
export async function libVersion(client: LibvirtCalls, options?: CallOptions): Promise<LibvirtVersion> {
  const { libVer } = await client.call(procedures.connectGetLibVersion, {}, options);
  return toVersion(libVer);
}

/** Version of the hypervisor, for QEMU that of its newest binary (`virConnectGetVersion`). */
export async function hypervisorVersion(
  client: LibvirtCalls,
  options?: CallOptions,
): Promise<LibvirtVersion> {
  const { hvVer } = await client.call(procedures.connectGetVersion, {}, options);
  return toVersion(hvVer);
}

/** The daemon's driver in its own spelling: "QEMU", "Xen", "Test" (`virConnectGetType`). */
export async function hypervisorName(client: LibvirtCalls, options?: CallOptions): Promise<string> {
  return (await client.call(procedures.connectGetType, {}, options)).type;
}

/** What the host calls itself: the daemon builds its default migration address from it. */
export async function hostname(client: LibvirtCalls, options?: CallOptions): Promise<string> {
  return (await client.call(procedures.connectGetHostname, {}, options)).hostname;
}

/** The canonical URI of what was opened. */
export async function hypervisorUri(client: LibvirtCalls, options?: CallOptions): Promise<string> {
  return (await client.call(procedures.connectGetUri, {}, options)).uri;
}

/** XML: host UUID, CPU, migration features, guest architectures. */
export async function capabilities(client: LibvirtCalls, options?: CallOptions): Promise<string> {
  return (await client.call(procedures.connectGetCapabilities, {}, options)).capabilities;
}

export interface DomainCapabilitiesQuery {
  readonly emulator?: string | undefined;
  readonly arch?: string | undefined;
  readonly machine?: string | undefined;
  readonly virtType?: string | undefined;
}

/** XML of what the hypervisor can give a guest of this shape. Needs a read-write connection. */
export async function domainCapabilities(
  client: LibvirtCalls,
  query: DomainCapabilitiesQuery,
  options?: CallOptions,
): Promise<string> {
  const args = {
    emulatorbin: query.emulator,
    arch: query.arch,
    machine: query.machine,
    virttype: query.virtType,
    flags: 0,
  };
  return (await client.call(procedures.connectGetDomainCapabilities, args, options)).capabilities;
}

export async function nodeInfo(client: LibvirtCalls, options?: CallOptions): Promise<NodeInfo> {
  const { memory, ...info } = await client.call(procedures.nodeGetInfo, {}, options);
  return { ...info, memoryKiB: memory };
}

/** Field to value: `kernel`, `user`, `idle`, `iowait` in nanoseconds since boot, over all CPUs. */
export async function nodeCpuTimes(
  client: LibvirtCalls,
  options?: CallOptions,
): Promise<ReadonlyMap<string, bigint>> {
  const query = { cpuNum: -1, flags: 0 };
  const { nparams } = await client.call(procedures.nodeGetCpuStats, { ...query, nparams: 0 }, options);
  const { params } = await client.call(procedures.nodeGetCpuStats, { ...query, nparams }, options);
  return new Map(params.map(({ field, value }) => [field, value]));
}

/** Field to KiB: `total`, `free`, `buffers`, `cached`. */
export async function nodeMemoryKiB(
  client: LibvirtCalls,
  options?: CallOptions,
): Promise<ReadonlyMap<string, bigint>> {
  const query = { cellNum: -1, flags: 0 };
  const { nparams } = await client.call(procedures.nodeGetMemoryStats, { ...query, nparams: 0 }, options);
  const { params } = await client.call(procedures.nodeGetMemoryStats, { ...query, nparams }, options);
  return new Map(params.map(({ field, value }) => [field, value]));
}

function toVersion(encoded: bigint): LibvirtVersion {
  const number = Number(encoded);
  const major = Math.floor(number / 1_000_000);
  const minor = Math.floor(number / 1000) % 1000;
  return { number, text: `${major}.${minor}.${number % 1000}` };
}

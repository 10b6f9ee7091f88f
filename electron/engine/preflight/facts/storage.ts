import {
  errorCodes,
  procedures,
  storagePoolStates,
  type CallOptions,
  type LibvirtCalls,
  type PoolRef,
  type VolumeRef,
} from '../../../libvirt/index.ts';
import { absentAsUndefined } from './daemon.ts';

export interface PoolFacts {
  name: string;
  active: boolean;
  availableBytes: number;
}

export interface VolumeFacts {
  pool: string;
  name: string;
  capacityBytes: number;
}

/** A path on a host, links followed. */
export interface PathFacts {
  kind: 'file' | 'directory' | 'block' | 'other';
  sizeBytes: number;
  /** The kind of file system in words of the kernel, as `stat -f` prints it: `ext2/ext3`, `nfs`. */
  fileSystem: string;
}

export async function findPoolForDirectory(
  client: LibvirtCalls,
  path: string,
  options: CallOptions,
): Promise<PoolFacts | undefined> {
  const found = await absentAsUndefined(errorCodes.noStoragePool, () =>
    client.call(procedures.storagePoolLookupByTargetPath, { path }, options),
  );
  return found && describePool(client, found.pool, options);
}

export async function findPool(
  client: LibvirtCalls,
  name: string,
  options: CallOptions,
): Promise<PoolFacts | undefined> {
  const found = await absentAsUndefined(errorCodes.noStoragePool, () =>
    client.call(procedures.storagePoolLookupByName, { name }, options),
  );
  return found && describePool(client, found.pool, options);
}

async function describePool(client: LibvirtCalls, pool: PoolRef, options: CallOptions): Promise<PoolFacts> {
  const { state, available } = await client.call(procedures.storagePoolGetInfo, { pool }, options);
  return { name: pool.name, active: state === storagePoolStates.running, availableBytes: Number(available) };
}

export async function findVolumeByPath(
  client: LibvirtCalls,
  path: string,
  options: CallOptions,
): Promise<VolumeFacts | undefined> {
  const found = await absentAsUndefined(errorCodes.noStorageVolume, () =>
    client.call(procedures.storageVolLookupByPath, { path }, options),
  );
  return found && describeVolume(client, found.vol, options);
}

/** `undefined` when the pool or the volume is not there. */
export async function findVolume(
  client: LibvirtCalls,
  poolName: string,
  name: string,
  options: CallOptions,
): Promise<VolumeFacts | undefined> {
  const pool = await absentAsUndefined(errorCodes.noStoragePool, () =>
    client.call(procedures.storagePoolLookupByName, { name: poolName }, options),
  );
  if (pool === undefined) return undefined;
  const found = await absentAsUndefined(errorCodes.noStorageVolume, () =>
    client.call(procedures.storageVolLookupByName, { pool: pool.pool, name }, options),
  );
  return found && describeVolume(client, found.vol, options);
}

async function describeVolume(
  client: LibvirtCalls,
  vol: VolumeRef,
  options: CallOptions,
): Promise<VolumeFacts> {
  const { capacity } = await client.call(procedures.storageVolGetInfo, { vol }, options);
  return { pool: vol.pool, name: vol.name, capacityBytes: Number(capacity) };
}

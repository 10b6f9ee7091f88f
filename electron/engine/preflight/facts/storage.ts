import {
  errorCodes,
  procedures,
  storagePoolStates,
  type CallOptions,
  type LibvirtCalls,
  type PoolRef,
  type VolumeRef,
} from '../../../libvirt/index.ts';
import { attribute, parseXml, text } from '../../../common/xml.ts';
import { absentAsUndefined } from './daemon.ts';

/** `VIR_CONNECT_LIST_STORAGE_POOLS_INACTIVE`. */
const onlyInactive = 1;

export interface PoolFacts {
  name: string;
  active: boolean;
  availableBytes: number;
  /** Of one that is a directory of its host, and nothing else. */
  directory?: string;
}

export interface VolumeFacts {
  pool: string;
  name: string;
  /** `undefined`: it is no file of the host. */
  path: string | undefined;
  capacityBytes: number;
  allocatedBytes: number;
  /** `undefined`: not a kind that libvirt gives a format. */
  format: string | undefined;
}

/** A path on a host, links followed. */
export interface PathFacts {
  kind: 'file' | 'directory' | 'block' | 'other';
  sizeBytes: number;
  /** What it takes up of its file system; less than its size where it is sparse. */
  allocatedBytes: number;
  /** The kind of file system in words of the kernel, as `stat -f` prints it: `ext2/ext3`, `nfs`. */
  fileSystem: string;
}

/**
 * The pool whose directory this is, active or not. The daemon's own look-up leaves out pools that are not active
 * (`storagePoolLookupByTargetPathCallback`, storage_driver.c), and yet lets nobody make another one there.
 */
export async function findPoolForDirectory(
  client: LibvirtCalls,
  path: string,
  options: CallOptions,
): Promise<PoolFacts | undefined> {
  const found = await absentAsUndefined(errorCodes.noStoragePool, () =>
    client.call(procedures.storagePoolLookupByTargetPath, { path }, options),
  );
  const pool = found?.pool ?? (await findInactivePool(client, path, options));
  return pool && describePool(client, pool, options);
}

async function findInactivePool(
  client: LibvirtCalls,
  path: string,
  options: CallOptions,
): Promise<PoolRef | undefined> {
  const query = { needResults: 1, flags: onlyInactive };
  const { pools } = await client.call(procedures.connectListAllStoragePools, query, options);
  const documents = await Promise.all(
    pools.map((pool) => client.call(procedures.storagePoolGetXmlDesc, { pool, flags: 0 }, options)),
  );
  return pools.find((_, at) => text(parseXml(documents[at]?.xml ?? '', 'pool'), 'target/path') === path);
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
  const [{ state, available }, { xml }] = await Promise.all([
    client.call(procedures.storagePoolGetInfo, { pool }, options),
    client.call(procedures.storagePoolGetXmlDesc, { pool, flags: 0 }, options),
  ]);
  const definition = parseXml(xml, 'pool');
  const directory = attribute(definition, '', 'type') === 'dir' ? text(definition, 'target/path') : undefined;
  return {
    name: pool.name,
    active: state === storagePoolStates.running,
    availableBytes: Number(available),
    ...(directory === undefined ? {} : { directory }),
  };
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

/** `undefined` when the pool or the volume is not there, or the pool stands still: its volumes are then nobody's to see. */
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
  const { active } = await client.call(procedures.storagePoolIsActive, { pool: pool.pool }, options);
  if (!active) return undefined;
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
  const [{ capacity, allocation }, { xml }] = await Promise.all([
    client.call(procedures.storageVolGetInfo, { vol }, options),
    client.call(procedures.storageVolGetXmlDesc, { vol, flags: 0 }, options),
  ]);
  return {
    pool: vol.pool,
    name: vol.name,
    path: vol.key.startsWith('/') ? vol.key : undefined,
    capacityBytes: Number(capacity),
    allocatedBytes: Number(allocation),
    format: attribute(parseXml(xml, 'volume'), 'target/format', 'type'),
  };
}

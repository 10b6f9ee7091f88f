import type { HostAccess } from '../../hosts/host-access.ts';
import {
  errorCodes,
  isLibvirtError,
  procedures,
  storagePoolStates,
  type LibvirtCalls,
  type LibvirtErrorCode,
  type PoolRef,
} from '../../libvirt/index.ts';
import { answered, unlimited } from '../run/daemon-answer.ts';
import { DaemonError } from '../run/migration-link.ts';
import type { PoolSight, StorageHost, StorageLink } from './storage-host.ts';
import { poolXml, volumeXml } from './storage-xml.ts';

/** A host's storage as the rest of Viaduct knows the host. */
export function storageHost(access: HostAccess): StorageHost {
  return {
    name: access.name,
    storage: async (signal) => storageOver(await access.control(signal)),
  };
}

function storageOver(client: LibvirtCalls): StorageLink {
  const poolByName = (name: string) =>
    orUndefined(
      errorCodes.noStoragePool,
      client.call(procedures.storagePoolLookupByName, { name }, unlimited),
    );
  const volumeIn = async (poolName: string, name: string) => {
    const found = await poolByName(poolName);
    if (found === undefined) return undefined;
    const args = { pool: found.pool, name };
    return orUndefined(
      errorCodes.noStorageVolume,
      client.call(procedures.storageVolLookupByName, args, unlimited),
    );
  };
  return {
    poolNamed: (name) => answered(poolByName(name).then((found) => sightOf(client, found?.pool))),
    poolOf: (path) =>
      answered(
        orUndefined(
          errorCodes.noStoragePool,
          client.call(procedures.storagePoolLookupByTargetPath, { path }, unlimited),
        ).then((found) => sightOf(client, found?.pool)),
      ),
    startPool: async (pool) => {
      const xml = poolXml(pool);
      await answered(client.call(procedures.storagePoolCreateXml, { xml, flags: 0 }, unlimited));
    },
    stopPool: async (uuid) => {
      await answered(
        orUndefined(
          errorCodes.noStoragePool,
          client
            .call(procedures.storagePoolLookupByUuid, { uuid }, unlimited)
            .then(({ pool }) => client.call(procedures.storagePoolDestroy, { pool }, unlimited)),
        ),
      );
    },
    createVolume: async (poolName, volume) => {
      const { pool } = await answered(
        client.call(procedures.storagePoolLookupByName, { name: poolName }, unlimited),
      );
      const xml = volumeXml(volume);
      const create = () =>
        answered(client.call(procedures.storageVolCreateXml, { pool, xml, flags: 0 }, unlimited));
      try {
        await create();
      } catch (error) {
        // A pool goes on listing a file that was removed without it until it looks again.
        if (!(error instanceof DaemonError && error.errorCode === errorCodes.storageVolumeExists))
          throw error;
        await answered(client.call(procedures.storagePoolRefresh, { pool, flags: 0 }, unlimited));
        await create();
      }
    },
    hasVolume: async (poolName, name) => {
      const { pool } = await answered(
        client.call(procedures.storagePoolLookupByName, { name: poolName }, unlimited),
      );
      await answered(client.call(procedures.storagePoolRefresh, { pool, flags: 0 }, unlimited));
      return (await answered(volumeIn(poolName, name))) !== undefined;
    },
    deleteVolume: async (poolName, name) => {
      await answered(
        orUndefined(
          errorCodes.noStorageVolume,
          volumeIn(poolName, name).then(async (found) => {
            if (found === undefined) return;
            await client.call(procedures.storageVolDelete, { vol: found.vol, flags: 0 }, unlimited);
          }),
        ),
      );
    },
  };
}

async function sightOf(client: LibvirtCalls, pool: PoolRef | undefined): Promise<PoolSight | undefined> {
  if (pool === undefined) return undefined;
  const { state } = await client.call(procedures.storagePoolGetInfo, { pool }, unlimited);
  return { name: pool.name, active: state === storagePoolStates.running };
}

async function orUndefined<T>(code: LibvirtErrorCode, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isLibvirtError(error, code)) return undefined;
    throw error;
  }
}

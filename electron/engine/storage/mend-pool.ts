import { messageOf, ViaductError } from '../../common/errors.ts';
import { procedures, type LibvirtCalls, type PoolRef } from '../../libvirt/index.ts';
import type { PoolMend } from '../finding.ts';
import { poolXml } from './storage-xml.ts';

const autostart = 1;

/**
 * Starts a pool that is there, or defines one of a directory, makes the directory where it is missing, and starts it, now and
 * with the host. Where that fails the definition goes again.
 *
 * @throws {ViaductError} `pool-not-mended`
 */
export async function mendPool(client: LibvirtCalls, mend: PoolMend): Promise<void> {
  try {
    if (mend.kind === 'start pool') {
      const { pool } = await client.call(procedures.storagePoolLookupByName, { name: mend.pool });
      await client.call(procedures.storagePoolCreate, { pool, flags: 0 });
    } else await define(client, mend);
  } catch (cause) {
    throw new ViaductError(
      'pool-not-mended',
      `The pool "${mend.pool}" was not started: ${messageOf(cause)}`,
      {
        ...{ cause, side: 'destination' },
        remedy: 'Look at it on that host: virsh pool-list --all',
      },
    );
  }
}

async function define(
  client: LibvirtCalls,
  { pool: name, directory }: Extract<PoolMend, { kind: 'define pool' }>,
): Promise<void> {
  const xml = poolXml({ name, directory });
  const { pool } = await client.call(procedures.storagePoolDefineXml, { xml, flags: 0 });
  try {
    await client.call(procedures.storagePoolBuild, { pool, flags: 0 });
    await client.call(procedures.storagePoolSetAutostart, { pool, autostart });
    await client.call(procedures.storagePoolCreate, { pool, flags: 0 });
  } catch (error) {
    await undefineQuietly(client, pool);
    throw error;
  }
}

/** What failed before is what has to be told. */
async function undefineQuietly(client: LibvirtCalls, pool: PoolRef): Promise<void> {
  await client.call(procedures.storagePoolUndefine, { pool }).catch(() => undefined);
}

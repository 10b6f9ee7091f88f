import { DaemonError } from '../../electron/engine/run/migration-link.ts';
import type { StorageHost, StorageLink } from '../../electron/engine/storage/storage-host.ts';

interface Pool {
  directory: string;
  uuid: string;
  active: boolean;
}

type Point = 'startPool' | 'stopPool' | 'createVolume' | 'deleteVolume';

/** What goes wrong, once: the daemon refuses, the answer is lost before the deed, or after it. */
export interface StorageFault {
  at: Point;
  how: 'refused' | 'lost before' | 'lost after';
}

/** The pools and files of one host, with the manners of libvirt 9.0.0. */
export class SimulatedStorage implements StorageHost {
  readonly name = 'beta.lab';
  readonly pools = new Map<string, Pool>();
  /** Path to who made it. */
  readonly files = new Map<string, string>();
  readonly calls: string[] = [];
  faults: StorageFault[] = [];
  /** So many attempts to get at the storage fail first. */
  unreachable = 0;

  storage(): Promise<StorageLink> {
    if (this.unreachable > 0) {
      this.unreachable -= 1;
      return Promise.reject(new Error('connection refused'));
    }
    return Promise.resolve(this.#link());
  }

  addPool(name: string, directory: string, active = true): void {
    this.pools.set(name, { directory, uuid: `uuid of ${name}`, active });
  }

  #link(): StorageLink {
    const sight = (entry: [string, Pool] | undefined) =>
      Promise.resolve(entry && { name: entry[0], active: entry[1].active });
    return {
      poolNamed: (name) => sight([...this.pools].find(([other]) => other === name)),
      poolOf: (directory) => sight([...this.pools].find(([, pool]) => pool.directory === directory)),
      startPool: ({ name, uuid, directory }) =>
        this.#act('startPool', () => {
          this.pools.set(name, { directory, uuid, active: true });
        }),
      stopPool: (uuid) =>
        this.#act('stopPool', () => {
          for (const [name, pool] of this.pools) if (pool.uuid === uuid) this.pools.delete(name);
        }),
      createVolume: (pool, { name }) =>
        this.#act('createVolume', () => {
          const path = this.#path(pool, name);
          if (this.files.has(path)) throw new DaemonError(90, 18, `storage volume '${name}' exists already`);
          this.files.set(path, 'viaduct');
        }),
      hasVolume: (pool, name) => Promise.resolve(this.files.has(this.#path(pool, name))),
      deleteVolume: (pool, name) =>
        this.#act('deleteVolume', () => {
          this.files.delete(this.#path(pool, name));
        }),
    };
  }

  #path(pool: string, name: string): string {
    const found = this.pools.get(pool);
    if (found?.active !== true) throw new DaemonError(55, 18, `storage pool '${pool}' is not active`);
    return `${found.directory}/${name}`;
  }

  async #act(at: Point, deed: () => void): Promise<void> {
    await Promise.resolve();
    this.calls.push(at);
    const index = this.faults.findIndex((fault) => fault.at === at);
    const how = index < 0 ? undefined : this.faults.splice(index, 1)[0]?.how;
    if (how === 'refused') throw new DaemonError(38, 18, 'No space left on device');
    if (how === 'lost before') throw new Error('the connection broke');
    deed();
    if (how === 'lost after') throw new Error('the connection broke');
  }
}

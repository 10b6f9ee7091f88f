import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { HostLayout } from '../layout.ts';

/** Files that were seen with more rights than they are to have in the end. */
export interface ModeWatch {
  stop(): Promise<string[]>;
}

/** What is looked at, below /etc: a folder, and the widest mode that a file of this name may ever have. */
interface Watched {
  folder: string;
  mode: (name: string) => number | undefined;
}

const keys: Watched = {
  folder: 'pki',
  mode: (name) => {
    if (!name.includes('key.pem')) return undefined;
    return name.startsWith('qemu/') ? 0o640 : 0o600;
  },
};

/**
 * Looks at private keys, and at configuration that only root may read, over and over; also at what is written beside
 * them under other names.
 */
export async function watchModes(host: HostLayout): Promise<ModeWatch> {
  const watched = [keys, await asTheyAre(host, 'libvirt')];
  const wider = new Set<string>();
  const ended = new AbortController();
  const watching = (async () => {
    while (!ended.signal.aborted) {
      for (const one of watched) await look(host, one, wider);
      await delay(2);
    }
  })();
  return {
    stop: async () => {
      ended.abort();
      await watching;
      return [...wider];
    },
  };
}

async function look(host: HostLayout, { folder, mode }: Watched, wider: Set<string>): Promise<void> {
  const path = join(host.root, 'etc', folder);
  const names = await readdir(path, { recursive: true }).catch((): string[] => []);
  for (const name of names) {
    const most = mode(name);
    if (most === undefined) continue;
    const info = await stat(join(path, name)).catch(() => undefined);
    if (info === undefined || (info.mode & 0o7777 & ~most) === 0) continue;
    wider.add(`${folder}/${name} ${(info.mode & 0o7777).toString(8)}`);
  }
}

/** Files of a folder are never to be wider than they are now; what is beside them with more of a name neither. */
async function asTheyAre(host: HostLayout, folder: string): Promise<Watched> {
  const path = join(host.root, 'etc', folder);
  const modes = new Map<string, number>();
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (!entry.isFile() || entry.name.includes('.viaduct-')) continue;
    modes.set(entry.name, (await stat(join(path, entry.name))).mode & 0o7777);
  }
  return { folder, mode: (name) => modes.get(name.replace(/\.viaduct-.*$/, '')) };
}

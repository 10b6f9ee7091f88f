import { cp, mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ensurePtyAddon, ptyAddon } from './pty-addon.ts';

const packages = join(import.meta.dirname, '..', 'node_modules');

/** Native files have to lie beside the archive, where the system can load them. */
export const unpackedFiles = '**/node_modules/{node-pty/{build,prebuilds},@koromix}/**';

/**
 * Puts node-pty and koffi into the application: the packages that are not in the bundle, because of their addons. Of
 * the addons only that of this platform goes along, and of the rest what runs.
 *
 * @throws Error when there is no addon for terminals and it cannot be compiled
 */
export async function copyPackagedModules(application: string): Promise<void> {
  await copyPty(application);
  await copyKoffi(application);
}

/** Optional, as its installation is: where it is missing, Kerberos logins say so. */
async function copyKoffi(application: string): Promise<void> {
  const addons = await readdir(join(packages, '@koromix')).catch(() => []);
  for (const name of ['koffi', ...addons.map((addon) => join('@koromix', addon))]) {
    await cp(join(packages, name), join(application, 'node_modules', name), {
      recursive: true,
      filter: (path) => !isForBuilding(path),
    }).catch((error: unknown) => {
      if (addons.length > 0) throw error;
    });
  }
}

/** What koffi brings to be compiled and read by people. */
function isForBuilding(path: string): boolean {
  return /^(doc|lib|vendor|cnoke\.cjs|CMakeLists\.txt|.*\.(md|d\.ts|cc|hh|h|S|asm))$/.test(basename(path));
}

async function copyPty(application: string): Promise<void> {
  const failure = ensurePtyAddon();
  const addon = ptyAddon();
  if (addon === undefined) throw new Error(failure);
  const from = join(packages, 'node-pty');
  const to = join(application, 'node_modules', 'node-pty');
  const folder = join(addon, '..').slice(from.length + 1);
  await mkdir(join(to, folder), { recursive: true });
  await cp(join(from, 'package.json'), join(to, 'package.json'));
  await cp(join(from, 'LICENSE'), join(to, 'LICENSE'));
  await cp(join(from, 'lib'), join(to, 'lib'), {
    recursive: true,
    filter: (file) => !/\.(test\.js|map)$/.test(file),
  });
  await cp(join(from, folder), join(to, folder), {
    recursive: true,
    filter: (file) => !file.endsWith('.pdb'),
  });
}

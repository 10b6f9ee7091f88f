import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePtyAddon, ptyAddon } from './pty-addon.ts';

const packages = join(import.meta.dirname, '..', 'node_modules');

/** Native files have to lie beside the archive, where the system can load them. */
export const unpackedFiles = '**/node_modules/node-pty/{build,prebuilds}/**';

/**
 * Puts node-pty into the application: the one package that is not in the bundle, because of its addon. Of the addons
 * only that of this platform goes along, and of the rest what runs.
 *
 * @throws Error when there is no addon and it cannot be compiled
 */
export async function copyPackagedModules(application: string): Promise<void> {
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

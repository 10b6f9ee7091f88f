import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { messageOf } from '../electron/common/errors.ts';
import { ensurePtyAddon } from './pty-addon.ts';

/*
 * Makes the bundles of both shells in .vite, with the configuration files that Forge uses too. Quiet unless
 * something is wrong, and done at once where nothing has changed. `node build/bundle.ts`.
 */

const root = join(import.meta.dirname, '..');
const stampFile = join(root, '.vite', 'bundled-from');
const sources = ['electron', 'renderer', 'build', 'package.json', 'package-lock.json'];
const configurations = ['vite.main.config.ts', 'vite.preload.config.ts', 'vite.renderer.config.ts'];
const outputs = ['build/main.cjs', 'build/preload.cjs', 'renderer/main_window/index.html'];

/** Names, sizes and times of all sources: changes with every edit, and takes milliseconds to find. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) {
    const path = join(root, source);
    const isFolder = (await stat(path)).isDirectory();
    const names = isFolder ? (await readdir(path, { recursive: true })).sort() : [''];
    for (const name of names) {
      const { size, mtimeMs } = await stat(join(path, name));
      hash.update(`${source}/${name} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Brings the bundles up to date, and the terminal's addon where it can be compiled; without it all works but shells on
 * hosts, which then say what is missing.
 *
 * @returns whether anything had to be built.
 * @throws what Vite reports for sources that do not build.
 */
export async function ensureBundles(): Promise<boolean> {
  ensurePtyAddon();
  const current = await fingerprint();
  const built = await readFile(stampFile, 'utf8').catch(() => undefined);
  const present = await Promise.all(outputs.map((output) => exists(join(root, '.vite', output))));
  if (built === current && present.every(Boolean)) return false;
  await rm(stampFile, { force: true });
  for (const configuration of configurations) {
    await build({
      configFile: join(import.meta.dirname, configuration),
      configLoader: 'native',
      mode: 'production',
      logLevel: 'warn',
      build: { rolldownOptions: { checks: { bundlerTimings: false } } },
    });
  }
  await mkdir(join(root, '.vite'), { recursive: true });
  await writeFile(stampFile, current);
  return true;
}

if (import.meta.main) {
  await ensureBundles().catch((error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  });
}

import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { mustRun } from './command.ts';
import type { BaseImage } from './base-image.ts';
import { cacheDir } from './layout.ts';
import type { Progress } from './progress.ts';

const initSource = join(import.meta.dirname, 'guest/init.c');
const compiler = ['gcc', '-O2', '-static', '-Wall', '-Wextra', '-Wno-unused-result'];

export interface GuestImage {
  kernel: string;
  initrd: string;
}

/** The initial RAM disk of every guest: one static program, and the modules for a virtio disk. */
export async function ensureGuestImage(base: BaseImage, progress: Progress): Promise<GuestImage> {
  const recipe = [base.hash, compiler.join(' '), await readFile(initSource, 'utf8')].join('\n');
  const hash = createHash('sha256').update(recipe).digest('hex').slice(0, 12);
  const initrd = join(cacheDir, `guest-${hash}.cpio.gz`);
  if (!existsSync(initrd)) await progress.step('guest image', () => build(base, initrd));
  return { kernel: base.kernel, initrd };
}

async function build(base: BaseImage, initrd: string): Promise<void> {
  const dir = await mkdtemp(join(cacheDir, 'guest-build-'));
  try {
    await mustRun([...compiler, '-o', join(dir, 'init'), initSource]);
    await cp(base.modules, join(dir, 'modules'), { recursive: true });
    const modules = await readdir(join(dir, 'modules'));
    const names = ['init', 'modules', ...modules.map((name) => `modules/${name}`)];
    const archive = join(dir, 'archive.cpio');
    const pack = ['cpio', '--create', '--format=newc', '--quiet', '--owner=0:0', `--file=${archive}`];
    await mustRun(pack, { cwd: dir, stdin: names.map((name) => `${name}\n`).join('') });
    const packed = join(dir, 'archive.cpio.gz');
    await writeFile(packed, await promisify(gzip)(await readFile(archive)));
    await rename(packed, initrd);
  } finally {
    await rm(dir, { recursive: true });
  }
}

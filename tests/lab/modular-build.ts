import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aptInstall, inside, withApt } from './chroot.ts';
import { mustRun } from './command.ts';
import { LabError } from './errors.ts';
import { modularDir } from './layout.ts';
import { unmountBelow } from './mounts.ts';

/**
 * Debian ships the monolithic libvirtd alone, so the modular daemons are built from the source package of the very
 * libvirt that is installed: only the four source files of each daemon, linked with Debian's own libvirt.so, which
 * holds the rest, and using Debian's own drivers.
 */
export const modularRecipe = {
  daemons: ['virtproxyd', 'virtqemud', 'virtstoraged'],
  packages: [
    'dpkg-dev',
    'gcc',
    'gettext',
    'libc6-dev',
    'libglib2.0-dev',
    'libgnutls28-dev',
    'libsasl2-dev',
    'libtirpc-dev',
    'libxml2-dev',
    'libxml2-utils',
    'libyajl-dev',
    'make',
    'meson',
    'pkg-config',
    'python3',
    'rpcsvc-proto',
    'xsltproc',
  ],
  options: [
    '--prefix=/usr',
    '--sysconfdir=/etc',
    '--localstatedir=/var',
    '-Drunstatedir=/run',
    '--auto-features=disabled',
    '--buildtype=plain',
    '-Ddocs=disabled',
    '-Dtests=disabled',
    '-Ddriver_libvirtd=enabled',
    '-Ddriver_qemu=enabled',
    '-Ddriver_remote=enabled',
    '-Dinit_script=systemd',
    '-Dpolkit=enabled',
    '-Dsasl=enabled',
    '-Dstorage_dir=enabled',
    '-Dyajl=enabled',
  ],
  /** The daemons' sources include these without their build rules saying so. */
  headers: ['lxc', 'qemu', 'remote'].map((name) => `src/remote/${name}_protocol.h`),
  modules: ['gio-2.0', 'glib-2.0', 'gnutls', 'gobject-2.0', 'libsasl2', 'libtirpc', 'libxml-2.0'],
};

const BUILD_TIMEOUT_MS = 600_000;

/**
 * Puts the modular daemons, their units and their configuration into a folder of the base file system, where they
 * do nothing until a test installs them. The compiler and the sources stay outside of it.
 *
 * @param scratch folder for an overlay over `root`; removed at the end
 */
export async function buildModularDaemons(root: string, scratch: string, sources: string[]): Promise<void> {
  const build = join(scratch, 'root');
  const upper = join(scratch, 'upper');
  const work = join(scratch, 'work');
  for (const dir of [build, upper, work]) await mkdir(dir, { recursive: true });
  const layers = `lowerdir=${root},upperdir=${upper},workdir=${work}`;
  await mustRun(['mount', '-t', 'overlay', 'viaduct-build', '-o', layers, build]);
  try {
    const sourceLines = sources.map((line) => `${line}\n${line.replace(/^deb /, 'deb-src ')}\n`);
    await writeFile(join(build, 'etc/apt/sources.list'), sourceLines.join(''));
    await mkdir(join(build, 'src'));
    await withApt(build, async () => {
      await inside(build, ['apt-get', 'update', '-qq'], BUILD_TIMEOUT_MS);
      await inside(build, aptInstall(modularRecipe.packages), BUILD_TIMEOUT_MS);
      await fetchSource(build);
    });
    await compile(build);
  } finally {
    await unmountBelow(scratch);
  }
  await collect(join(upper, 'src/libvirt/build/src'), join(root, modularDir));
  await rm(scratch, { recursive: true });
}

/** The source package with Debian's patches applied, as `/src/libvirt`. */
async function fetchSource(build: string): Promise<void> {
  const version = await inside(build, ['dpkg-query', '-W', '-f=${source:Version}', 'libvirt-daemon']);
  const fetch = ['apt-get', 'source', '-qq', `libvirt=${version}`];
  await inside(build, ['env', '--chdir=/src', ...fetch], BUILD_TIMEOUT_MS);
  const [source] = (await readdir(join(build, 'src'))).filter((name) => /^libvirt-[0-9.]+$/.test(name));
  if (source === undefined) throw new LabError('lab-command-failed', 'The libvirt source has no folder.');
  await inside(build, ['mv', `/src/${source}`, '/src/libvirt']);
}

async function compile(build: string): Promise<void> {
  const here = (argv: string[]): Promise<string> =>
    inside(build, ['env', '--chdir=/src/libvirt/build', ...argv], BUILD_TIMEOUT_MS);
  await inside(
    build,
    ['meson', 'setup', '/src/libvirt/build', '/src/libvirt', ...modularRecipe.options],
    BUILD_TIMEOUT_MS,
  );
  await here(['ninja', ...modularRecipe.headers]);
  const objects = new Map<string, string[]>();
  for (const daemon of modularRecipe.daemons) {
    const query = await here(['ninja', '-t', 'query', `src/${daemon}`]);
    objects.set(daemon, query.match(/src\/\S+\.p\/\S+\.o$/gm) ?? []);
  }
  const admin = 'src/admin/libvirt_admin_driver.a';
  await here(['ninja', ...[...objects.values()].flat(), admin]);
  const libraries = (await here(['pkg-config', '--libs', ...modularRecipe.modules])).trim().split(/\s+/);
  const triplet = (await here(['gcc', '-print-multiarch'])).trim();
  const libvirt = ['libvirt', 'libvirt-lxc', 'libvirt-qemu'].map(
    (name) => `/usr/lib/${triplet}/${name}.so.0`,
  );
  for (const [daemon, own] of objects) {
    // Drivers are loaded at run time and use the daemon's symbols.
    const link = ['gcc', '-s', '-pie', '-Wl,--as-needed', '-Wl,-export-dynamic', '-o', `src/${daemon}`];
    await here([...link, ...own, admin, ...libvirt, ...libraries]);
  }
}

async function collect(built: string, target: string): Promise<void> {
  for (const name of await readdir(built)) {
    const folder = folderOf(name);
    if (folder === undefined) continue;
    await mkdir(join(target, folder), { recursive: true });
    await cp(join(built, name), join(target, folder, name));
  }
}

/** Where a built file belongs on a host; `undefined` for those that nobody needs. */
function folderOf(name: string): string | undefined {
  const [daemon = '', extension] = name.split(/(?:-[a-z]+)?\./);
  if (!modularRecipe.daemons.includes(daemon)) return undefined;
  const folders: Record<string, string> = {
    conf: 'etc/libvirt',
    service: 'etc/systemd/system',
    socket: 'etc/systemd/system',
  };
  return extension === undefined ? 'usr/sbin' : folders[extension];
}

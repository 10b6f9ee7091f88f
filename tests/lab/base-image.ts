import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { aptInstall, inside, withApt } from './chroot.ts';
import { mustRun } from './command.ts';
import { LabError } from './errors.ts';
import { cacheDir } from './layout.ts';
import { buildModularDaemons, modularRecipe } from './modular-build.ts';
import { mountsBelow, unmountBelow } from './mounts.ts';
import type { Progress } from './progress.ts';

/**
 * The root file system both hosts share read-only, and the kernel of the guests: made once, kept in the cache
 * under a hash of this recipe, so that a change of the recipe makes it anew.
 */
const mirror = process.env['VIADUCT_LAB_MIRROR'] ?? 'http://deb.debian.org';

const recipe = {
  revision: 5,
  suite: 'bookworm',
  sources: [
    `deb ${mirror}/debian bookworm main`,
    `deb ${mirror}/debian bookworm-updates main`,
    `deb ${mirror}/debian-security bookworm-security main`,
    `deb ${mirror}/debian bookworm-backports main`,
  ],
  bootstrapPackages: ['systemd', 'systemd-sysv', 'dbus'],
  packages: [
    'firewalld',
    'gnutls-bin',
    'iproute2',
    'kmod',
    'krb5-admin-server',
    'krb5-kdc',
    'krb5-user',
    'libfaketime',
    'libsasl2-modules',
    'libsasl2-modules-gssapi-mit',
    'libvirt-clients',
    'libvirt-daemon-system',
    'netcat-openbsd',
    'nftables',
    'openssh-server',
    'openssl',
    'polkitd',
    'procps',
    'sasl2-bin',
    'sudo',
    'swtpm',
    'swtpm-tools',
    'ufw',
  ],
  /**
   * Before 9.0, QEMU loses writes of an emulated guest while it migrates (include/exec/ram_addr.h of 7.2,
   * cpu_physical_memory_sync_dirty_bitmap, does not tell the emulated TLB), and the guest hangs. Guests under KVM are
   * not affected; those of the lab, which has no KVM, are.
   */
  backports: { suite: 'bookworm-backports', packages: ['qemu-system-x86', 'qemu-utils'] },
  guestKernelPackage: 'linux-image-cloud-amd64',
  /** What a guest needs to use a virtio disk. */
  guestModules: [
    'virtio_ring',
    'virtio',
    'virtio_pci_legacy_dev',
    'virtio_pci_modern_dev',
    'virtio_pci',
    'virtio_blk',
  ],
  files: {
    'etc/dpkg/dpkg.cfg.d/lab':
      'path-exclude=/usr/share/man/*\npath-exclude=/usr/share/doc/*\npath-exclude=/usr/share/locale/*\nforce-unsafe-io\n',
    'etc/tmpfiles.d/lab.conf': 'd /run/sshd 0755 root root\n',
  },
  enabledUnits: ['systemd-networkd.service', 'libvirtd-tls.socket'],
  modular: modularRecipe,
  /** Started only by the tests that need them. */
  disabledUnits: [
    'firewalld.service',
    'krb5-admin-server.service',
    'krb5-kdc.service',
    'saslauthd.service',
    'ufw.service',
  ],
  /** None of these matters to a migration, and each costs time at boot or wakes up later. */
  maskedUnits: [
    'apt-daily-upgrade.timer',
    'apt-daily.timer',
    'console-getty.service',
    'dpkg-db-backup.timer',
    'e2scrub_all.timer',
    'e2scrub_reap.service',
    'fstrim.timer',
    'getty@tty1.service',
    'logrotate.timer',
    'systemd-networkd-wait-online.service',
    'systemd-pstore.service',
    'systemd-timesyncd.service',
  ],
  /** A person of the libvirt group: administers guests, is not root. */
  operator: 'operator',
};

export interface BaseImage {
  root: string;
  kernel: string;
  modules: string;
  hash: string;
}

/** Makes the image unless the cache has it. */
export async function ensureBaseImage(progress: Progress): Promise<BaseImage> {
  const hash = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12);
  const dir = join(cacheDir, `base-${hash}`);
  if (!existsSync(dir)) {
    await mkdir(cacheDir, { recursive: true });
    await removeUnfinished();
    const partial = `${dir}.partial`;
    await build(partial, progress);
    await rename(partial, dir);
  }
  return { root: join(dir, 'root'), kernel: join(dir, 'vmlinuz'), modules: join(dir, 'modules'), hash };
}

/** A build that was cut off leaves its folder, and perhaps /proc mounted in it. */
async function removeUnfinished(): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith('base-') || !name.endsWith('.partial')) continue;
    const dir = join(cacheDir, name);
    await unmountBelow(dir);
    if ((await mountsBelow(dir)).length > 0) throw new LabError('lab-busy', `${dir} is still in use.`);
    await rm(dir, { recursive: true, force: true });
  }
}

async function build(dir: string, progress: Progress): Promise<void> {
  const root = join(dir, 'root');
  await mkdir(root, { recursive: true });
  await progress.step('base file system: debootstrap (about a minute, once)', async () => {
    const include = `--include=${recipe.bootstrapPackages.join(',')}`;
    const argv = ['debootstrap', '--variant=minbase', include, recipe.suite, root, `${mirror}/debian`];
    await mustRun(argv, { timeoutMs: 900_000 });
  });
  await withApt(root, async () => {
    await progress.step('base file system: libvirt, QEMU, sshd', () => installPackages(root));
    await progress.step('base file system: kernel for the guests', () => fetchGuestKernel(dir, root));
  });
  await progress.step("base file system: libvirt's modular daemons", () =>
    buildModularDaemons(root, join(dir, 'scratch'), recipe.sources),
  );
  await settle(root);
}

async function installPackages(root: string): Promise<void> {
  for (const [path, text] of Object.entries(recipe.files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await writeFile(join(root, 'etc/apt/sources.list'), recipe.sources.map((line) => `${line}\n`).join(''));
  const { suite, packages } = recipe.backports;
  await inside(root, ['apt-get', 'update', '-qq'], 300_000);
  await inside(root, aptInstall(packages, suite), 900_000);
  await inside(root, aptInstall(recipe.packages), 900_000);
}

/** Only unpacked: installed, it would want an initial RAM disk, a boot loader and 300 MB. */
async function fetchGuestKernel(dir: string, root: string): Promise<void> {
  const depends = await inside(root, ['apt-cache', 'depends', '--important', recipe.guestKernelPackage]);
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (name === undefined) {
    throw new LabError('lab-command-failed', `${recipe.guestKernelPackage} names no kernel package.`);
  }
  await inside(root, ['sh', '-c', 'cd /root && exec apt-get download -qq "$1"', 'sh', name], 300_000);
  const archive = (await readdir(join(root, 'root'))).find((file) => file.endsWith('.deb')) ?? '';
  const unpacked = join(root, 'root/kernel');
  await inside(root, ['dpkg-deb', '-x', `/root/${archive}`, '/root/kernel']);

  const [image] = (await readdir(join(unpacked, 'boot'))).filter((file) => file.startsWith('vmlinuz-'));
  if (image === undefined) throw new LabError('lab-command-failed', `${name} holds no kernel image.`);
  await copyFile(join(unpacked, 'boot', image), join(dir, 'vmlinuz'));
  await mkdir(join(dir, 'modules'));
  const modules = (await readdir(join(unpacked, 'lib/modules'), { recursive: true })).filter((file) =>
    recipe.guestModules.some((module) => file.endsWith(`/${module}.ko`)),
  );
  for (const file of modules) {
    await cp(join(unpacked, 'lib/modules', file), join(dir, 'modules', file.replace(/^.*\//, '')));
  }
  await rm(unpacked, { recursive: true });
  await rm(join(root, 'root', archive));
}

/** What every host has in common, and nothing that must differ between them. */
async function settle(root: string): Promise<void> {
  for (const unit of recipe.enabledUnits) await inside(root, ['systemctl', 'enable', unit]);
  await inside(root, ['systemctl', 'disable', ...recipe.disabledUnits]);
  await inside(root, ['systemctl', 'mask', ...recipe.maskedUnits]);
  // Debian already has a group of this name.
  const account = ['--create-home', '--shell', '/bin/bash', '--gid', 'operator', '--groups', 'libvirt'];
  await inside(root, ['useradd', ...account, recipe.operator]);
  const daemonConfig = join(root, 'etc/libvirt/libvirtd.conf');
  const given = await readFile(daemonConfig, 'utf8');
  // Both containers report the outer machine's SMBIOS identity, and libvirt refuses to migrate to the same host.
  await writeFile(daemonConfig, `${given}\nhost_uuid_source = "machine-id"\n`);
  for (const name of await readdir(join(root, 'etc/ssh'))) {
    if (name.startsWith('ssh_host_')) await rm(join(root, 'etc/ssh', name));
  }
  await rm(join(root, 'etc/hostname'), { force: true });
  await inside(root, ['apt-get', 'clean']);
  await rm(join(root, 'var/lib/apt/lists'), { recursive: true });
  await writeFile(join(root, 'etc/machine-id'), '');
}

import { readFile } from 'node:fs/promises';
import { execute, mustRun } from './command.ts';
import { LabError } from './errors.ts';
import type { Progress } from './progress.ts';

const packages = [
  'cpio',
  'debootstrap',
  'gcc',
  'gnutls-bin',
  'iproute2',
  'libc6-dev',
  'libgssapi-krb5-2',
  'openssh-client',
  'openssl',
  'systemd-container',
  'tcpdump',
] as const;

/** @throws {LabError} `lab-unsupported`, one sentence, unless this is Debian and we are root. */
export async function requireRootOnDebian(): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new LabError(
      'lab-unsupported',
      'The lab needs root: it mounts file systems and starts containers.',
    );
  }
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  if (!/^ID=["']?debian["']?$/m.test(release)) {
    throw new LabError('lab-unsupported', 'The lab needs Debian: it is built from Debian packages.');
  }
}

export async function installMissingPackages(progress: Progress): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) return;
  await progress.step(`installs ${missing.join(', ')}`, async () => {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await mustRun(['apt-get', 'update', '-qq'], { env, timeoutMs: 180_000 });
    const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...missing];
    await mustRun(install, { env, timeoutMs: 600_000 });
  });
}

async function missingPackages(): Promise<string[]> {
  const query = ['dpkg-query', '-W', '-f=${Package} ${db:Status-Status}\\n', ...packages];
  const { stdout } = await execute(query);
  const installed = new Set(stdout.split('\n').filter((line) => line.endsWith(' installed')));
  return packages.filter((name) => !installed.has(`${name} installed`));
}

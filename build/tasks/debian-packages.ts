import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** What the tests and the demo need besides npm's packages; the lab installs its own. */
export const debianPackages = [
  'chromium',
  'fonts-dejavu-core',
  'g++',
  'gnutls-bin',
  'openssh-client',
  'openssh-server',
  'openssl',
];

/** The names of those that are not installed; all of them where there is no dpkg. */
export function missingPackages(names: readonly string[]): string[] {
  return names.filter((name) => {
    const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], {
      encoding: 'utf8',
    });
    return stdout !== 'installed';
  });
}

const policyFile = '/usr/sbin/policy-rc.d';

/** Debian's way to keep packages from starting services while they are installed; exit code 101 forbids it. */
function withoutStartingServices(work: () => string | undefined): string | undefined {
  if (existsSync(policyFile)) return work();
  writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return work();
  } finally {
    rmSync(policyFile, { force: true });
  }
}

function aptGet(...args: string[]): string | undefined {
  const all = ['-o', 'DPkg::Lock::Timeout=300', '-qq', ...args];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stderr } = spawnSync('apt-get', all, { env, encoding: 'utf8' });
  return status === 0 ? undefined : `"apt-get ${all.join(' ')}" failed: ${stderr.trim().slice(-600)}`;
}

/**
 * Installs what is missing with apt-get; asks nothing. No service is started, and none is left enabled: the tests
 * run servers of their own.
 *
 * @returns an error sentence, or `undefined` when everything is there.
 */
export function ensureDebianPackages(
  names: readonly string[],
  say: (text: string) => void,
): string | undefined {
  const missing = missingPackages(names);
  if (missing.length === 0) return undefined;
  const list = missing.join(', ');
  if (process.getuid?.() !== 0)
    return `These Debian packages are missing, and only root can install them: ${list}.`;
  say(`Installing Debian packages: ${list} ...`);
  const failure = withoutStartingServices(
    () => aptGet('update') ?? aptGet('install', '-y', '--no-install-recommends', ...missing),
  );
  if (missing.includes('openssh-server')) spawnSync('systemctl', ['disable', 'ssh.service', 'ssh.socket']);
  return failure;
}

import { spawnSync } from 'node:child_process';

/** What the tests and the demo need besides npm's packages; the lab installs its own. */
export const debianPackages = [
  'chromium',
  'fonts-dejavu-core',
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

/**
 * Installs what is missing with apt-get; asks nothing, and starts no service.
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
  const lock = ['-o', 'DPkg::Lock::Timeout=300'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const steps = [
    ['apt-get', ...lock, '-qq', 'update'],
    ['apt-get', ...lock, '-qq', 'install', '-y', '--no-install-recommends', ...missing],
  ];
  for (const [command = '', ...args] of steps) {
    const { status, stderr } = spawnSync(command, args, { env, encoding: 'utf8' });
    if (status !== 0) return `"${[command, ...args].join(' ')}" failed: ${stderr.trim().slice(-600)}`;
  }
  return undefined;
}

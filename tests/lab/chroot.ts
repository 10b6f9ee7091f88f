import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun } from './command.ts';
import { unmountBelow } from './mounts.ts';

/** Runs a program inside a file system of Debian that is not booted. @returns its standard output */
export function inside(root: string, argv: readonly string[], timeoutMs = 60_000): Promise<string> {
  const env = { DEBIAN_FRONTEND: 'noninteractive', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
  return mustRun(['chroot', root, ...argv], { env, timeoutMs });
}

export function aptInstall(packages: readonly string[], suite?: string): string[] {
  const from = suite === undefined ? [] : ['-t', suite];
  return ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...from, ...packages];
}

/** Runs `work` with what apt needs in there: the network of the outer machine, /proc, and no service started. */
export async function withApt(root: string, work: () => Promise<void>): Promise<void> {
  const refuseToStartServices = join(root, 'usr/sbin/policy-rc.d');
  const borrowedAptConfig = join(root, 'etc/apt/apt.conf.d/90outer');
  const resolver = join(root, 'etc/resolv.conf');
  await writeFile(borrowedAptConfig, await outerAptConfig());
  await copyFile('/etc/resolv.conf', resolver);
  await writeFile(refuseToStartServices, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  await mustRun(['mount', '-t', 'proc', 'proc', join(root, 'proc')]);
  try {
    await work();
  } finally {
    await unmountBelow(join(root, 'proc'));
  }
  for (const file of [refuseToStartServices, borrowedAptConfig, resolver]) await rm(file);
}

/** Proxies and the like that the outer machine needs to reach the mirror. */
async function outerAptConfig(): Promise<string> {
  const dump = await mustRun(['apt-config', 'dump', '--format', '%F "%v";%n', 'Acquire']);
  const wanted = /^Acquire::(?:(?:http|https)::|Check-Valid-Until|Check-Date|Retries)/;
  const lines = dump.split('\n').filter((line) => wanted.test(line) && !line.endsWith('"";'));
  return [...lines, 'Acquire::Languages "none";', ''].join('\n');
}

import { spawn } from 'node:child_process';
import { mkdir, open, rm, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { cgroupOf, inCgroup, killCgroup, namespaceLeaderIn } from './cgroups.ts';
import { type CommandOptions, commandFailed, type CommandResult, execute, mustRun } from './command.ts';
import { LabError } from './errors.ts';
import { type HostLayout, network, sharedDir, sharedImagesDir } from './layout.ts';
import { type Mount, mountTable, unmountBelow } from './mounts.ts';
import { waitFor } from './wait-for.ts';

const BOOT_TIMEOUT_MS = 90_000;
const RUN_TIMEOUT_MS = 60_000;
const nspawnRuntimeDir = '/run/systemd/nspawn';
/** Magic number of tmpfs as statfs(2) gives it. */
const TMPFS = 0x01021994;

/** A host's own file system: the shared base below, what the host changes above it. */
export async function mountRoot(host: HostLayout, baseRoot: string): Promise<void> {
  for (const dir of [host.root, host.upper, host.work]) await mkdir(dir, { recursive: true });
  const layers = `lowerdir=${baseRoot},upperdir=${host.upper},workdir=${host.work}`;
  await mustRun(['mount', '-t', 'overlay', `viaduct-${host.machine}`, '-o', layers, host.root]);
}

/** nspawn refuses to work ("Attempted to remove disk file system") where /run is on a disk. */
export async function prepareNspawnRuntimeDir(): Promise<void> {
  await mkdir(nspawnRuntimeDir, { recursive: true });
  if ((await statfs(nspawnRuntimeDir)).type === TMPFS) return;
  await mustRun(['mount', '-t', 'tmpfs', '-o', 'mode=0755', 'viaduct-lab', nspawnRuntimeDir]);
}

export async function removeNspawnRuntimeDir(): Promise<void> {
  const ours = ({ source, path }: Mount): boolean => source === 'viaduct-lab' && path === nspawnRuntimeDir;
  if ((await mountTable()).some(ours)) await unmountBelow(nspawnRuntimeDir);
}

/**
 * Starts a host's systemd; it goes on when this process ends.
 *
 * Post-copy needs userfaultfd and locked memory, which nspawn otherwise withholds. Version 2 of the cgroups is
 * asked for because libvirt cannot make its groups in nspawn's read-only version 1 tree.
 */
export async function startHost(host: HostLayout): Promise<void> {
  const cgroup = await cgroupOf(host.machine);
  await mkdir(cgroup, { recursive: true });
  await mkdir(sharedDir, { recursive: true });
  const nspawn = [
    'systemd-nspawn',
    '--quiet',
    '--boot',
    `--directory=${host.root}`,
    `--machine=${host.machine}`,
    `--hostname=${host.name}`,
    `--bind=${sharedDir}:${sharedImagesDir}`,
    `--network-bridge=${network.bridge}`,
    '--register=no',
    '--keep-unit',
    '--link-journal=no',
    '--resolv-conf=off',
    '--timezone=off',
    '--system-call-filter=userfaultfd @memlock',
    '--capability=CAP_IPC_LOCK',
    '--console=pipe',
  ];
  const log = await open(host.consoleLog, 'w');
  try {
    const [program = '', ...args] = inCgroup(cgroup, nspawn);
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: {
        PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
        SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1',
      },
    });
    child.unref();
  } finally {
    await log.close();
  }
}

/** @returns the process id, outside, of the host's process 1; `undefined` when the host is not running */
export async function leaderOf(host: HostLayout): Promise<number | undefined> {
  return namespaceLeaderIn(await cgroupOf(host.machine));
}

/**
 * Runs a program on a host as root, by argument list; it needs neither network nor sshd there.
 *
 * A non-zero exit code is a result. The deadline (`timeoutMs`, default 60 s) is kept on the host, so that nothing
 * is left running there: exit code 124 or 137 then.
 */
export async function runOnHost(
  host: HostLayout,
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const leader = await leaderOf(host);
  if (leader === undefined) {
    throw new LabError('lab-not-up', `${host.fqdn} is not running.`, { remedy: 'Run: npm run lab -- up' });
  }
  const timeoutMs = options.timeoutMs ?? RUN_TIMEOUT_MS;
  const enter = [
    'nsenter',
    `--target=${leader}`,
    '--mount',
    '--uts',
    '--ipc',
    '--net',
    '--pid',
    '--root',
    '--wd',
  ];
  const limit = ['timeout', '--kill-after=5', (timeoutMs / 1000).toString()];
  const clean = ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', 'LC_ALL=C'];
  return execute([...enter, '--', ...clean, ...limit, ...argv], {
    ...options,
    timeoutMs: timeoutMs + 10_000,
  });
}

/** As `runOnHost`, but only exit code 0 will do. */
export async function mustRunOnHost(
  host: HostLayout,
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const result = await runOnHost(host, argv, options);
  if (result.exitCode !== 0) throw commandFailed([`${host.fqdn}:`, ...argv], result);
  return result.stdout;
}

/** Waits until the libvirt daemon answers on the host, and sshd and the TLS port do over the network. */
export async function waitUntilReady(host: HostLayout): Promise<void> {
  await waitFor(
    `${host.fqdn} has booted (${host.consoleLog})`,
    async () => {
      if ((await leaderOf(host)) === undefined) return undefined;
      const units = ['ssh.service', 'libvirtd.service', 'libvirtd-tls.socket'];
      const { exitCode } = await runOnHost(host, ['systemctl', 'is-active', '--quiet', ...units]);
      return exitCode === 0 ? true : undefined;
    },
    { timeoutMs: BOOT_TIMEOUT_MS },
  );
  await mustRunOnHost(host, ['virsh', '--connect', 'qemu:///system', 'list', '--name']);
  for (const port of [22, 16514]) {
    await waitFor(
      `${host.fqdn} (${host.address}) accepts connections on port ${port}`,
      async () => ((await accepts(host.address, port)) ? true : undefined),
      { timeoutMs: BOOT_TIMEOUT_MS, intervalMs: 100 },
    );
  }
}

function accepts(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: 1000 });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => settle(true));
    socket.on('timeout', () => settle(false));
    socket.on('error', () => settle(false));
  });
}

/** Ends everything that runs on a host at once; its file system stays. */
export async function cutPower(host: HostLayout): Promise<void> {
  await killCgroup(await cgroupOf(host.machine));
}

/** Starts a host whose power was cut, with the file system that it had. */
export async function bootAgain(host: HostLayout): Promise<void> {
  await startHost(host);
  await waitUntilReady(host);
}

/**
 * Ends a host at once, like pulling its plug: its file system is thrown away right after, so there is nothing a
 * shutdown could save. Works in whatever state the host is, and when there is none.
 */
export async function destroyHost(host: HostLayout): Promise<void> {
  await cutPower(host);
  await unmountBelow(host.dir);
  await rm(host.dir, { recursive: true, force: true });
}

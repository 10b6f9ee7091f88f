import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startDaemon, unitsOf } from './daemons.ts';
import { LabError } from './errors.ts';
import { layOutGuests } from './guests.ts';
import { mustRunOnHost, runOnHost, waitUntilReady } from './host.ts';
import { removeKerberos } from './kerberos.ts';
import { allHosts, captureDir, guestLogDir, type HostLayout, imagesDir, sharedDir } from './layout.ts';
import { removeModularDaemons } from './modular.ts';
import { restorePristine } from './pristine.ts';
import type { Progress } from './progress.ts';
import { isUp } from './up.ts';

/**
 * Brings hosts and guests back to the state `up` leaves them in, without booting the hosts anew.
 *
 * @throws {LabError} `lab-not-up`
 */
export async function resetLab(progress: Progress): Promise<void> {
  if (!(await isUp())) {
    throw new LabError('lab-not-up', 'The lab is not up.', { remedy: 'Run: npm run lab -- up' });
  }
  await rm(captureDir, { recursive: true, force: true });
  await removeKerberos();
  await Promise.all(
    allHosts.map((host) => progress.step(`${host.fqdn} back to its first state`, () => resetHost(host))),
  );
  await emptyFolder(sharedDir);
  await layOutGuests(progress);
}

async function resetHost(host: HostLayout): Promise<void> {
  await runOnHost(host, ['nft', 'flush', 'ruleset']);
  await stopLibvirt(host);
  await removeModularDaemons(host);
  await wipeGuests(host);
  // Locks stay where they were taken until a host boots.
  const itsOwn = ['-maxdepth', '1', '-name', 'viaduct-*'];
  await runOnHost(host, ['find', '/run', ...itsOwn, '-exec', 'rm', '-rf', '{}', '+']);
  await restorePristine(host);
  await mustRunOnHost(host, ['systemctl', 'daemon-reload']);
  await runOnHost(host, ['systemctl', 'reset-failed']);
  const services = ['polkit.service', 'ssh.service', 'virtlogd.service'];
  await mustRunOnHost(host, ['systemctl', 'restart', ...services]);
  await startDaemon(host, 'libvirtd', ['tls']);
  await waitUntilReady(host);
}

/** A daemon that hangs in a call is killed: what it knew is thrown away anyway. */
async function stopLibvirt(host: HostLayout): Promise<void> {
  const units = unitsOf('libvirtd');
  await runOnHost(host, ['pkill', '--signal', 'KILL', '--exact', 'qemu-system-x86']);
  const stopped = await runOnHost(host, ['systemctl', 'stop', ...units], { timeoutMs: 5000 });
  if (stopped.exitCode !== 0) {
    await runOnHost(host, ['systemctl', 'kill', '--signal=KILL', 'libvirtd.service']);
    await runOnHost(host, ['systemctl', 'stop', ...units], { timeoutMs: 20_000 });
  }
  await runOnHost(host, ['pkill', '--signal', 'KILL', '--exact', 'qemu-system-x86']);
}

async function wipeGuests(host: HostLayout): Promise<void> {
  await runOnHost(host, ['find', '/run/libvirt/qemu', '/run/libvirt/storage', '-mindepth', '1', '-delete']);
  await runOnHost(host, ['find', '/var/lib/libvirt/qemu', '-mindepth', '1', '!', '-type', 'd', '-delete']);
  await runOnHost(host, ['find', '/var/lib/libvirt/qemu', '-name', 'domain-*', '-empty', '-delete']);
  for (const dir of [imagesDir, guestLogDir]) await emptyFolder(join(host.root, dir));
}

async function emptyFolder(path: string): Promise<void> {
  for (const name of await readdir(path)) await rm(join(path, name), { recursive: true, force: true });
}

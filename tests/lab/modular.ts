import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DaemonName, startDaemon, stopDaemon, unitsOf } from './daemons.ts';
import { mustRunOnHost, waitUntilReady } from './host.ts';
import { type HostLayout, modularDir } from './layout.ts';

export const modularDaemons = ['virtqemud', 'virtstoraged', 'virtproxyd'] as const satisfies DaemonName[];

/**
 * Switches a host from libvirtd to the modular daemons, virtproxyd listening for TLS in place of libvirtd. Its guests
 * go on. Back to libvirtd when disposed of.
 */
export async function useModularDaemons(host: HostLayout): Promise<AsyncDisposable> {
  await stopDaemon(host, 'libvirtd');
  await mustRunOnHost(host, ['cp', '--recursive', `${modularDir}/.`, '/']);
  for (const daemon of modularDaemons) {
    const file = `/etc/libvirt/${daemon}.conf`;
    await mustRunOnHost(host, ['tee', '--append', file], { stdin: 'host_uuid_source = "machine-id"\n' });
  }
  await mustRunOnHost(host, ['systemctl', 'daemon-reload']);
  for (const daemon of modularDaemons)
    await startDaemon(host, daemon, daemon === 'virtproxyd' ? ['tls'] : []);
  return {
    async [Symbol.asyncDispose]() {
      await removeModularDaemons(host);
      await mustRunOnHost(host, ['systemctl', 'daemon-reload']);
      await startDaemon(host, 'libvirtd', ['tls']);
      await waitUntilReady(host);
    },
  };
}

/** Leaves nothing of them on the host, whether or not they were there. */
export async function removeModularDaemons(host: HostLayout): Promise<void> {
  for (const daemon of modularDaemons.toReversed()) {
    await stopDaemon(host, daemon);
    const files = [`usr/sbin/${daemon}`, `etc/libvirt/${daemon}.conf`];
    files.push(...unitsOf(daemon).map((unit) => `etc/systemd/system/${unit}`));
    for (const file of files) await rm(join(host.root, file), { force: true });
  }
}

import { mustRunOnHost, runOnHost } from './host.ts';
import type { HostLayout } from './layout.ts';

/** The daemons a client can be connected to. */
export type DaemonName = 'libvirtd' | 'virtproxyd' | 'virtqemud' | 'virtstoraged';

/** Sockets beside the daemon's own ones, for other machines. */
export type NetworkSocket = 'tcp' | 'tls';

/** Only libvirtd and virtproxyd can listen on the network. */
const networked: readonly DaemonName[] = ['libvirtd', 'virtproxyd'];

export const serviceOf = (daemon: DaemonName): string => `${daemon}.service`;

export function localSocketsOf(daemon: DaemonName): string[] {
  return ['', '-ro', '-admin'].map((suffix) => `${daemon}${suffix}.socket`);
}

export function networkSocketOf(daemon: DaemonName, socket: NetworkSocket): string {
  return `${daemon}-${socket}.socket`;
}

/** Every unit of a daemon, its service first. */
export function unitsOf(daemon: DaemonName): string[] {
  const sockets = networked.includes(daemon) ? (['tcp', 'tls'] as const) : [];
  return [
    serviceOf(daemon),
    ...localSocketsOf(daemon),
    ...sockets.map((socket) => networkSocketOf(daemon, socket)),
  ];
}

/** Sockets before the service: systemd refuses to start them while the service runs. */
export async function startDaemon(
  host: HostLayout,
  daemon: DaemonName,
  network: readonly NetworkSocket[] = [],
): Promise<void> {
  const sockets = [...localSocketsOf(daemon), ...network.map((socket) => networkSocketOf(daemon, socket))];
  await mustRunOnHost(host, ['systemctl', 'start', ...sockets]);
  await mustRunOnHost(host, ['systemctl', 'start', serviceOf(daemon)]);
}

/** Guests go on without it. Units that are not there are none to stop. */
export async function stopDaemon(host: HostLayout, daemon: DaemonName): Promise<void> {
  await runOnHost(host, ['systemctl', 'stop', ...unitsOf(daemon)]);
  // The next test must not find that this one restarted it too often.
  await runOnHost(host, ['systemctl', 'reset-failed', ...unitsOf(daemon)]);
}

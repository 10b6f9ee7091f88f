import { libvirtFeatures, type LibvirtClient } from '../../libvirt/index.ts';
import type { DaemonPlace } from './route.ts';

/** The place of a daemon's socket, by its name (docs/daemons.rst of libvirt). */
export function daemonPlace(socket: string | undefined): DaemonPlace {
  const name = socket?.split('/').at(-1) ?? '';
  if (/^libvirt-sock(?:-ro)?$/.test(name)) return 'shared';
  return /^virt[a-z]+d-sock(?:-ro)?$/.test(name) ? 'direct' : 'unknown';
}

/**
 * Which daemon answers, as "libvirtd" or "virtqemud (modular)"; `undefined` where it cannot be told.
 *
 * virtproxyd hands the question for the feature "remote" to its own connection to virtqemud, which is a remote one and
 * says yes (`remoteConnectSupportsFeature`); a daemon that runs the driver itself says no.
 */
export async function daemonInWords(
  client: Pick<LibvirtClient, 'supportsFeature'>,
  place: DaemonPlace,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const isProxy = await client.supportsFeature(libvirtFeatures.remote, { signal });
  if (isProxy) return 'virtproxyd (modular)';
  if (place === 'direct') return 'virtqemud (modular)';
  return place === 'shared' ? 'libvirtd' : undefined;
}

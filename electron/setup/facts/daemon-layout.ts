import type { KnownUnit, Units } from './units.ts';

/**
 * Who listens for TLS: `libvirtd` or the proxy of the modular daemons, woken by sockets of systemd; or `libvirtd` by
 * itself, started with `--listen`.
 */
export type LayoutKind = 'libvirtd' | 'libvirtd-listen' | 'modular';

export interface DaemonLayout {
  kind: LayoutKind;
  /** The service that answers on the network, and its configuration. */
  service: KnownUnit;
  confPath: string;
  /** `undefined`: this layout has none. */
  tlsSocket: KnownUnit | undefined;
  /** The service that reads qemu.conf. */
  qemuService: KnownUnit;
}

const layouts: Readonly<Record<LayoutKind, DaemonLayout>> = {
  libvirtd: {
    kind: 'libvirtd',
    service: 'libvirtd.service',
    confPath: '/etc/libvirt/libvirtd.conf',
    tlsSocket: 'libvirtd-tls.socket',
    qemuService: 'libvirtd.service',
  },
  'libvirtd-listen': {
    kind: 'libvirtd-listen',
    service: 'libvirtd.service',
    confPath: '/etc/libvirt/libvirtd.conf',
    tlsSocket: undefined,
    qemuService: 'libvirtd.service',
  },
  modular: {
    kind: 'modular',
    service: 'virtproxyd.service',
    confPath: '/etc/libvirt/virtproxyd.conf',
    tlsSocket: 'virtproxyd-tls.socket',
    qemuService: 'virtqemud.service',
  },
};

/**
 * What runs decides; where nothing runs, what would at boot. `--listen` and sockets of systemd exclude each other
 * ("--listen parameter not permitted with systemd activation sockets"), and before libvirt 5.6 there were no sockets. A socket
 * that is there and merely stopped is pulled in by the service's next start, so it counts.
 */
export function daemonLayout(units: Units, startedWithListen: boolean): DaemonLayout | undefined {
  const modular = [units['virtqemud.socket'], units['virtqemud.service']];
  const socket = units['libvirtd.socket'];
  const service = units['libvirtd.service'];
  const alone = startedWithListen || !socket.exists;
  if (service.active || socket.active) return alone ? layouts['libvirtd-listen'] : layouts.libvirtd;
  if (modular.some(({ active }) => active)) return layouts.modular;
  if (modular.some(({ enabled }) => enabled)) return layouts.modular;
  if (!service.enabled && !socket.enabled) return undefined;
  return alone ? layouts['libvirtd-listen'] : layouts.libvirtd;
}

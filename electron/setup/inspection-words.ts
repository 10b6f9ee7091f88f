import type { Privilege } from '../common/host/root-shell.ts';
import type { LayoutKind } from './facts/daemon-layout.ts';
import type { FirewallFacts } from './facts/firewall.ts';

/** How the daemon is started. */
export const layoutWords: Readonly<Record<LayoutKind, string>> = {
  libvirtd: 'libvirtd, woken by sockets of systemd',
  'libvirtd-listen': 'libvirtd, listening by itself',
  modular: 'modular daemons',
};

/** How the login becomes root. */
export const privilegeWords: Readonly<Record<Privilege, string>> = {
  root: 'root',
  sudo: 'root by sudo, without a password',
  'sudo-password': 'root by sudo, with a password',
};

/** Who decides what may come in. */
export function firewallWords(firewall: FirewallFacts): string {
  switch (firewall.kind) {
    case 'none':
      return 'nothing is turned away';
    case 'unknown':
      return `not known: ${firewall.because}`;
    case 'firewalld':
      return `firewalld, zone ${firewall.zone}`;
    case 'nftables':
      return `nftables, ${firewall.chains.map(({ family, table, chain }) => `${family} ${table} ${chain}`).join('; ')}`;
    case 'ufw':
    case 'iptables':
      return firewall.kind;
  }
}

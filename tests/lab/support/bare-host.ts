import type { HostName, Lab } from '../lab.ts';

/** A firewall as an admin writes it: nothing comes in but what is named. */
const firewall = `#!/usr/sbin/nft -f
flush ruleset
table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		ct state established,related accept
		iif lo accept
		meta l4proto ipv6-icmp accept
		tcp dport 22 accept
	}
}
`;
const units = ['libvirtd.service', 'libvirtd.socket', 'libvirtd-tls.socket'];

/** A host whose daemon does not listen for other machines, behind a firewall that lets nobody to it. */
export async function makeBare(lab: Lab, host: HostName): Promise<void> {
  await lab.mustRun(host, ['systemctl', 'stop', 'libvirtd.service']);
  await lab.mustRun(host, ['systemctl', 'disable', '--now', 'libvirtd-tls.socket']);
  await lab.mustRun(host, ['systemctl', 'start', 'libvirtd.service']);
  await lab.mustRun(host, ['tee', '/etc/nftables.conf'], { stdin: firewall });
  await lab.mustRun(host, ['nft', '-f', '/etc/nftables.conf']);
}

/** Everything below /etc, and what the units and the kernel's rules are. */
export async function stateOf(
  lab: Lab,
  host: HostName,
): Promise<{ etc: string; units: string; rules: string }> {
  const tar = 'tar --create --sort=name --mtime=@0 --numeric-owner --directory=/ etc | sha256sum';
  const show = ['systemctl', 'show', '--property=Id,UnitFileState,ActiveState', ...units];
  const [etc, shown, rules] = await Promise.all([
    lab.mustRun(host, ['sh', '-c', tar]),
    lab.mustRun(host, show),
    lab.mustRun(host, ['nft', 'list', 'ruleset']),
  ]);
  return { etc, units: shown, rules };
}

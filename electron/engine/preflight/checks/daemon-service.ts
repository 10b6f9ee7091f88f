import { parseCertificates } from '../../../pki/certificate.ts';
import type { FirewallFacts } from '../../../setup/facts/firewall.ts';
import type { Finding } from '../../finding.ts';
import { withDataAddress, type Check } from '../check.ts';
import { findingsOf } from '../finding-of.ts';

/** Whether the daemon goes by what its settings files say now: libvirt reads them at its start alone. */
export function daemonSettingsCheck(side: 'source' | 'destination'): Check {
  const id = `daemon.${side}.settings`;
  return {
    id,
    title: `whether the daemon of the ${side} has read its settings`,
    side,
    needs: [side],
    run: async (context) => {
      const finding = findingsOf(id, side);
      const host = context[side];
      const { changedSince } = await host.service();
      if (changedSince.length === 0) {
        return [finding.ok(`The daemon of ${host.name} goes by its settings files as they are.`)];
      }
      return [
        finding.warning({
          summary: `${changedSince.join(' and ')} on ${host.name} was changed after its daemon was started, which does not know of it.`,
          remedy: `Restart libvirt on ${host.name} when no guest is on its way; running guests are not affected.`,
        }),
      ];
    },
  };
}

/** What waits for connections to a daemon, and whether it would let in anybody. */
export function daemonListenersCheck(side: 'source' | 'destination'): Check {
  const id = `daemon.${side}.listeners`;
  return {
    id,
    title: `what the daemon of the ${side} listens on`,
    side,
    needs: [side],
    run: async (context) => {
      const finding = findingsOf(id, side);
      const host = context[side];
      const { tls, tcp, listensBy } = await host.service();
      const by = { systemd: 'by sockets of systemd', itself: 'by itself (--listen)', 'nobody known': '' }[
        listensBy
      ];
      if (tcp.listening && tcp.open) {
        return [
          finding.warning({
            summary: `${host.name} lets in whoever reaches its port 16509, without encryption and without a login.`,
            remedy: `Set auth_tcp = "sasl" in its daemon’s settings, or stop listening there: systemctl disable --now libvirtd-tcp.socket`,
          }),
        ];
      }
      const listens = tls.listening ? `listens for TLS on port ${tls.port} ${by}` : 'does not listen for TLS';
      const plain = tcp.listening ? ', and without TLS, with a login, on port 16509' : '';
      return [finding.ok(`The daemon of ${host.name} ${listens.trim()}${plain}.`)];
    },
  };
}

/** Whether the certificate that the destination's daemon shows is the one on its disk: it reads the file once. */
export const daemonServedCheck: Check = {
  id: 'daemon.destination.served',
  title: "whether the destination's daemon shows the certificate that is on its disk",
  side: 'destination',
  needs: ['destination'],
  applies: ({ control }) => control !== 'managed',
  run: async ({ destination }) => {
    const finding = findingsOf('daemon.destination.served', 'destination');
    const { served, tls } = await destination.service();
    if (served === undefined) {
      return [finding.info(`No certificate was seen on port ${tls.port} of ${destination.name}.`)];
    }
    const [leaf] = parseCertificates((await destination.libvirtCertificates('server')).certificate);
    if (leaf?.fingerprint === served) {
      return [finding.ok(`The daemon of ${destination.name} shows the certificate that is on its disk.`)];
    }
    return [
      finding.warning({
        summary: `The daemon of ${destination.name} shows another certificate than the one on its disk, which is newer or of a file set elsewhere.`,
        evidence: `SHA-256 ${served} is shown, ${leaf?.fingerprint ?? 'none'} is in servercert.pem`,
        remedy: `Let it read its files again on ${destination.name}: virt-admin server-update-tls libvirtd (virtproxyd where daemons are modular)`,
      }),
    ];
  },
};

/** Which program decides what comes in; whether the data ports are open is tried, not read. */
export const firewallCheck: Check = {
  id: 'destination.firewall',
  title: 'the firewall of the destination',
  side: 'destination',
  needs: ['destination'],
  applies: withDataAddress,
  run: async ({ destination }) => {
    const { firewall } = await destination.service();
    return [judgeFirewall(firewall, destination.name)];
  },
};

function judgeFirewall(firewall: FirewallFacts, host: string): Finding {
  const finding = findingsOf('destination.firewall', 'destination');
  switch (firewall.kind) {
    case 'none':
      return finding.ok(`${host} itself turns nothing away.`);
    case 'unknown':
      return finding.unknown({
        summary: `Which firewall ${host} has was not found out: ${firewall.because}.`,
        remedy: `Look at it there as root: nft list ruleset`,
      });
    case 'nftables':
      return finding.info(
        `${host} has a firewall of nftables.`,
        firewall.chains.map(({ family, table, chain }) => `${family} ${table} ${chain}`).join('; '),
      );
    case 'firewalld':
      return finding.info(`${host} has a firewall of firewalld, zone ${firewall.zone}.`);
    case 'ufw':
      return finding.info(`${host} has a firewall of ufw.`);
    case 'iptables':
      return finding.info(`${host} has a firewall of iptables.`);
  }
}

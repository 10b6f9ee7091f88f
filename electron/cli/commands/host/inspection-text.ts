import type { HostSetupFacts } from '../../../setup/inspection.ts';
import { firewallWords, layoutWords, privilegeWords } from '../../../setup/inspection-words.ts';
import { printable } from '../../output/printable.ts';

/** What was found on a host, a line for each thing. */
export function inspectionText(facts: HostSetupFacts): string {
  const { login, layout, tls, qemuAccount, certificates, guests, openstack } = facts;
  const rows: [string, string][] = [
    ['system', facts.distribution.name],
    ['login', login.privilege === 'none' ? login.message : privilegeWords[login.privilege]],
    ['libvirt', `${facts.libvirt.text}, QEMU ${facts.qemu.text}`],
    ['daemon', layout ? layoutWords[layout.kind] : 'none found'],
    ['TLS port', tlsWords(tls)],
    [
      'QEMU runs as',
      qemuAccount ? `${qemuAccount.user}:${qemuAccount.group} (${qemuAccount.because})` : 'unknown',
    ],
    ['qemu.conf', settingsWords(facts.qemuConf)],
    [layout?.confPath.split('/').at(-1) ?? 'daemon', settingsWords(facts.daemonConf)],
    ['certificates', missingWords([...certificates.daemon.missing, ...certificates.qemu.missing])],
    ['firewall', firewallWords(facts.firewall)],
    ['confinement', confinementWords(facts)],
    ['guests', `${guests.count} running${guests.busy.length > 0 ? `, busy: ${guests.busy.join(', ')}` : ''}`],
    ...(openstack
      ? ([
          [
            'OpenStack',
            `native TLS ${openstack.nativeTls ? 'on' : 'off'}, scheme ${openstack.scheme ?? 'not set'}`,
          ],
        ] as [string, string][])
      : []),
    ...facts.unknown.map((sentence): [string, string] => ['not known', sentence]),
  ];
  const lines = rows.map(([name, words]) => `  ${name.padEnd(14)} ${printable(words)}`);
  return [printable(facts.host), ...lines].join('\n');
}

function tlsWords({ port, listening, enabledAtBoot, masked }: HostSetupFacts['tls']): string {
  const state = listening ? 'open' : masked ? 'closed, and masked' : 'closed';
  return `${port} is ${state}${enabledAtBoot ? '' : '; not opened at boot'}`;
}

function settingsWords({ exists, settings, broken }: HostSetupFacts['qemuConf']): string {
  if (broken !== undefined) return `cannot be understood: ${broken}`;
  const set = Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  if (set.length > 0) return set.join(', ');
  return exists ? 'nothing set that matters' : 'not read, or not there';
}

function missingWords(missing: readonly string[]): string {
  return missing.length === 0 ? 'all there' : `missing: ${missing.join(', ')}`;
}

function confinementWords({ selinux, apparmor }: HostSetupFacts): string {
  const found = [...(selinux === 'absent' ? [] : [`SELinux ${selinux}`]), ...(apparmor ? ['AppArmor'] : [])];
  return found.length === 0 ? 'none' : found.join(', ');
}

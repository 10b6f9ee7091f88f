import { describe, expect, it } from 'vitest';
import { RootShell } from '../../../../../electron/common/host/root-shell.ts';
import { noSudoPrompts } from '../../../../../electron/common/host/sudo-prompts.ts';
import { defaultPlanOptions } from '../../../../../electron/engine/plan.ts';
import {
  daemonListenersCheck,
  daemonServedCheck,
  daemonSettingsCheck,
  firewallCheck,
} from '../../../../../electron/engine/preflight/checks/daemon-service.ts';
import { loadService, type ServiceFacts } from '../../../../../electron/engine/preflight/facts/service.ts';
import type { HostShell } from '../../../../../electron/hosts/host-access.ts';
import { parseCertificates } from '../../../../../electron/pki/certificate.ts';
import { knownUnits } from '../../../../../electron/setup/facts/units.ts';
import { issue } from '../../../pki/certificates.ts';
import { findingsOf, given, serviceFacts, verdict, type Facts } from '../fake-context.ts';

const on = (facts: Partial<ServiceFacts>): Facts => ({
  destination: { service: given(serviceFacts(facts)) },
});

describe("the daemon's settings", () => {
  it.each<[string, string[], string]>([
    ['are read', [], 'ok'],
    ['were changed since', ['/etc/libvirt/qemu.conf'], 'warning'],
  ])('%s', async (_words, changedSince, level) => {
    const check = daemonSettingsCheck('destination');
    expect(await verdict(check, on({ changedSince }))).toEqual([`${level} daemon.destination.settings`]);
  });
});

describe('what the daemon listens on', () => {
  it.each<[Partial<ServiceFacts>, string, RegExp]>([
    [{}, 'ok', /listens for TLS on port 16514 by sockets of systemd\.$/],
    [{ listensBy: 'itself' }, 'ok', /by itself \(--listen\)/],
    [{ tls: { port: 16_514, listening: false } }, 'ok', /does not listen for TLS\.$/],
    [{ tcp: { listening: true, open: false } }, 'ok', /without TLS, with a login, on port 16509/],
    [{ tcp: { listening: true, open: true } }, 'warning', /lets in whoever reaches its port 16509/],
    [{ tcp: { listening: false, open: true } }, 'ok', /listens for TLS/],
  ])('%j: %s', async (facts, level, words) => {
    const [finding] = await findingsOf(daemonListenersCheck('destination'), on(facts));
    expect(finding).toMatchObject({ level, summary: expect.stringMatching(words) as string });
  });
});

describe('the certificate that the daemon shows', async () => {
  const certificate = (await issue({ dns: ['beta.lab'] })).pem;
  const fingerprint = parseCertificates(certificate)[0]?.fingerprint;
  it.each<[string, string | undefined, string]>([
    ['is that on its disk', fingerprint, 'ok'],
    ['is another', 'AA:BB', 'warning'],
    ['is none', undefined, 'info'],
  ])('%s', async (_words, served, level) => {
    const libvirtCertificates = given({ authority: '', certificate });
    const destination = { service: given(serviceFacts({ served })), libvirtCertificates };
    expect(await verdict(daemonServedCheck, { destination })).toEqual([`${level} daemon.destination.served`]);
  });

  it('matters only where the source’s daemon logs in', () => {
    expect(daemonServedCheck.applies?.(defaultPlanOptions)).toBe(false);
    expect(daemonServedCheck.applies?.({ ...defaultPlanOptions, control: 'auto' })).toBe(true);
  });
});

describe('the firewall', () => {
  const chain = { family: 'inet', table: 'filter', chain: 'input', comments: [] };
  it.each<[ServiceFacts['firewall'], string]>([
    [{ kind: 'none' }, 'ok'],
    [{ kind: 'unknown', because: 'the login may not ask for the rules' }, 'unknown'],
    [{ kind: 'nftables', chains: [chain], file: undefined }, 'info'],
    [{ kind: 'firewalld', zone: 'public', runtime: [], permanent: [] }, 'info'],
    [{ kind: 'ufw', rules: [] }, 'info'],
    [{ kind: 'iptables' }, 'info'],
  ])('%j', async (firewall, level) => {
    expect(await verdict(firewallCheck, on({ firewall }))).toEqual([`${level} destination.firewall`]);
  });
});

describe('a daemon as it runs', () => {
  /** Programs by the first of their words, each with what it prints. */
  async function serviceOf(answers: Record<string, (argv: string[]) => string>): Promise<ServiceFacts> {
    const shell: HostShell = {
      exec: (argv) => {
        const words = argv.slice(argv.indexOf('look') + 1 || (argv[0] === 'env' ? 2 : 0));
        const output = argv[0] === 'id' ? '0\n' : answers[words[0] ?? '']?.(words);
        const stdout = new TextEncoder().encode(output ?? '');
        return Promise.resolve({ code: output === undefined ? 127 : 0, stdout, stderr: '' });
      },
    };
    const root = await RootShell.open(shell, 'beta.lab', noSudoPrompts);
    return loadService(shell, root, new AbortController().signal);
  }
  const units = knownUnits
    .map((name) => {
      const active = name === 'libvirtd.service' || name.startsWith('libvirtd') ? 'active' : 'inactive';
      return `Id=${name}\nLoadState=loaded\nActiveState=${active}\nUnitFileState=enabled\nMainPID=${name === 'libvirtd.service' ? 7 : 0}\n`;
    })
    .join('\n');
  const tcp = (...ports: string[]): string =>
    ports.map((port, index) => `   ${index}: 00000000:${port} 00000000:0000 0A 0`).join('\n');
  const host = (changedAt: number, conf = '', ...ports: string[]) => ({
    systemctl: () => units,
    cat: (argv: string[]) => (argv[1]?.includes('cmdline') ? '/usr/sbin/libvirtd\0' : tcp(...ports)),
    head: () => conf,
    date: () => '10000\n',
    ps: () => '  400\n',
    stat: () => `${changedAt}\n`,
    timeout: () => 'no certificate',
  });

  it('was started after its settings were written', async () => {
    expect(await serviceOf(host(9600))).toMatchObject({ changedSince: [], tcp: { listening: false } });
    expect(await serviceOf(host(9602))).toMatchObject({ changedSince: [] });
  });

  it('was started before', async () => {
    const { changedSince } = await serviceOf(host(9603));
    expect(changedSince).toEqual(['/etc/libvirt/libvirtd.conf', '/etc/libvirt/qemu.conf']);
  });

  it('listens without TLS and asks for nothing', async () => {
    expect(await serviceOf(host(0, 'auth_tcp = "none"\n', '407D', '4082'))).toMatchObject({
      listensBy: 'systemd',
      tls: { port: 16_514, listening: true },
      tcp: { listening: true, open: true },
      served: undefined,
    });
  });
});

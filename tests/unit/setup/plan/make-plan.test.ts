import { describe, expect, it } from 'vitest';
import type { HostFile } from '../../../../electron/common/host/host-files.ts';
import { parseConf } from '../../../../electron/common/libvirt-conf.ts';
import { openStackFacts } from '../../../../electron/setup/facts/openstack.ts';
import { parseUnits } from '../../../../electron/setup/facts/units.ts';
import { daemonLayout } from '../../../../electron/setup/facts/daemon-layout.ts';
import type { HostSetupFacts } from '../../../../electron/setup/inspection.ts';
import { makePlan } from '../../../../electron/setup/plan/make-plan.ts';
import {
  defaultWishes,
  type AllowedClients,
  type SetupPlan,
  type SetupWishes,
} from '../../../../electron/setup/plan/setup-plan.ts';

interface Given {
  files?: Record<string, string>;
  facts?: Partial<HostSetupFacts>;
  /** A unit that runs, by which the layout is known. */
  runs?: string[];
}

const ids = { host: 'alpha', connectUri: 'qemu+ssh://alpha/system', machineId: 'a'.repeat(32) };

function plan(
  { files = {}, facts = {}, runs = ['libvirtd.socket', 'libvirtd.service'] }: Given,
  wishes: Partial<SetupWishes> = {},
): SetupPlan {
  const all = new Map<string, HostFile>(
    Object.entries({ '/etc/libvirt/qemu.conf': '', ...files }).map(([path, text]) => [
      path,
      { path, mode: 0o600, uid: 0, gid: 0, content: Buffer.from(text) },
    ]),
  );
  const shown = runs.map((id) => `Id=${id}\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\n`);
  const units = parseUnits(shown.join('\n'));
  const layout = daemonLayout(units, false);
  const conf = (path: string): HostSetupFacts['qemuConf'] => ({
    path,
    exists: all.has(path),
    digest: 'absent',
    settings: Object.fromEntries(parseConf(files[path] ?? '')),
    broken: undefined,
  });
  const found: HostSetupFacts = {
    ...ids,
    distribution: { id: 'debian', name: 'Debian' },
    selinux: 'absent',
    apparmor: false,
    login: { privilege: 'root' },
    libvirt: { number: 9_000_000, text: '9.0.0' },
    qemu: { number: 7_002_000, text: '7.2.0' },
    layout,
    units: [],
    tls: { port: 16_514, listening: false, enabledAtBoot: false, masked: false },
    tcpListening: false,
    qemuAccount: undefined,
    qemuConf: conf('/etc/libvirt/qemu.conf'),
    daemonConf: conf(layout?.confPath ?? ''),
    certificates: {
      daemon: { paths: [], missing: [] },
      qemu: { directory: '/etc/pki/qemu', exists: true, missing: [] },
      directories: ['/etc/pki/libvirt-vnc', '/etc/pki/libvirt-migrate'],
    },
    migrationPorts: { min: 49_152, max: 49_215 },
    firewall: { kind: 'none' },
    guests: { count: 1, busy: [], users: { vnc: ['web01'], spice: [], chardev: [], nbd: [] }, unseen: 0 },
    openstack: openStackFacts(all.get('/etc/nova/nova.conf'), units),
    unknown: [],
    ...facts,
  };
  return makePlan({ facts: found, files: all }, { ...defaultWishes, ...wishes });
}

const titles = ({ changes }: SetupPlan) => changes.map(({ title }) => title);
const codes = (notes: SetupPlan['warnings']) => notes.map(({ code }) => code);
const done = 'default_tls_x509_cert_dir = "/etc/pki/qemu"\ndefault_tls_x509_verify = 1\n';
const listening = { tls: { port: 16_514, listening: true, enabledAtBoot: true, masked: false } };

describe('by layout', () => {
  it('libvirtd with sockets: the listener comes last, and restarts the daemon by the way', () => {
    const made = plan({});
    expect(titles(made)).toEqual([
      'Encrypt and verify migrations (/etc/libvirt/qemu.conf)',
      'Listen for TLS on port 16514',
    ]);
    expect(made.changes[1]?.step).toMatchObject({
      apply: [{ operation: 'listener_on', args: ['libvirtd.service', 'libvirtd-tls.socket'] }],
      revert: [{ operation: 'listener_off', args: ['libvirtd.service', 'libvirtd-tls.socket', 'disable'] }],
      revertLast: true,
    });
    expect(made.selfTest).toEqual({ listensOn: 16_514 });
  });

  it('modular daemons: virtqemud reads qemu.conf, the proxy listens', () => {
    const made = plan({ runs: ['virtqemud.socket', 'virtproxyd.socket'] });
    expect(titles(made)).toEqual([
      'Encrypt and verify migrations (/etc/libvirt/qemu.conf)',
      'Restart virtqemud.service',
      'Listen for TLS on port 16514',
    ]);
    expect(made.changes[2]?.step).toMatchObject({
      apply: [{ args: ['virtproxyd.service', 'virtproxyd-tls.socket'] }],
    });
  });

  it('a daemon that listens by itself: its arguments and its file', () => {
    const files = { '/etc/libvirt/libvirtd.conf': 'listen_tls = 0\n', '/etc/libvirt/qemu.conf': done };
    const made = plan({ runs: ['libvirtd.service'], files });
    const paths = made.changes.map(({ step }) =>
      step.kind === 'file' ? step.path : step.apply[0]?.args.join(' '),
    );
    expect(paths).toEqual([
      '/etc/libvirt/libvirtd.conf',
      '/etc/default/libvirtd',
      'systemctl try-restart libvirtd.service',
    ]);
    expect(made.changes[1]?.diff).toContain('+LIBVIRTD_ARGS="--listen"');
  });

  it('the file of the distribution is taken for its arguments', () => {
    const files = {
      '/etc/sysconfig/libvirtd': '#LIBVIRTD_ARGS="--listen"\n',
      '/etc/libvirt/qemu.conf': done,
    };
    expect(plan({ runs: ['libvirtd.service'], files }).changes[0]?.step).toMatchObject({
      path: '/etc/sysconfig/libvirtd',
    });
  });

  it('a listener that runs and would not at boot is enabled, without a restart', () => {
    const tls = { port: 16_514, listening: true, enabledAtBoot: false, masked: false };
    const made = plan({ files: { '/etc/libvirt/qemu.conf': done }, facts: { tls } });
    expect(made.changes.map(({ commands }) => commands)).toEqual([['systemctl enable libvirtd-tls.socket']]);
  });

  it('a host that is as wished has no changes', () => {
    expect(titles(plan({ files: { '/etc/libvirt/qemu.conf': done }, facts: listening }))).toEqual([]);
  });
});

describe('qemu.conf', () => {
  const edit = (made: SetupPlan) => made.changes[0]?.step.kind === 'file' && made.changes[0].step.edit;
  it('keeps a folder that the admin chose', () => {
    const files = { '/etc/libvirt/qemu.conf': 'default_tls_x509_cert_dir = "/srv/tls"\n' };
    expect(edit(plan({ files, facts: listening }))).toMatchObject({
      set: { default_tls_x509_cert_dir: '/srv/tls', default_tls_x509_verify: 1 },
    });
  });

  it('switches on what was switched off by name', () => {
    const files = { '/etc/libvirt/qemu.conf': `${done}migrate_tls_x509_verify = 0\n` };
    expect(edit(plan({ files }))).toMatchObject({ set: { migrate_tls_x509_verify: 1 } });
  });

  it('forces TLS and separates services on request, as far as that version can', () => {
    const made = plan({}, { forceTls: true, separateDirectories: ['vnc'] });
    expect(edit(made)).toMatchObject({
      set: { migrate_tls_force: 1, vnc_tls_x509_cert_dir: '/etc/pki/libvirt-vnc' },
    });
    expect(codes(made.warnings)).toEqual(['force', 'service-in-use']);
    const old = plan({ facts: { libvirt: { number: 6_000_000, text: '6.0.0' } } }, { forceTls: true });
    expect(codes(old.obstacles)).toEqual(['force-unsupported']);
  });

  it('warns where VNC would begin to ask for certificates', () => {
    const files = { '/etc/libvirt/qemu.conf': 'vnc_tls = 1\n' };
    expect(codes(plan({ files }).warnings)).toEqual(['vnc-verifies']);
  });
});

describe('what stands against it', () => {
  const certificates = {
    daemon: { paths: [], missing: ['/etc/pki/CA/cacert.pem'] },
    qemu: { directory: '/etc/pki/qemu', exists: false, missing: [] },
    directories: [],
  };
  it.each<[string, Given, Partial<SetupWishes>, string[]]>([
    ['no rights', { facts: { login: { privilege: 'none', message: 'no', remedy: 'do' } } }, {}, ['rights']],
    ['no daemon', { runs: [] }, {}, ['no-daemon']],
    ['a daemon that is silent', { facts: { libvirt: { number: 0, text: '' } } }, {}, ['daemon-silent']],
    ['no certificates', { facts: { certificates } }, {}, ['qemu-directory-missing', 'certificates-missing']],
    [
      'no certificates, and no listener wished',
      { facts: { certificates } },
      { listener: false },
      ['qemu-directory-missing'],
    ],
    [
      'a masked socket',
      { facts: { tls: { ...listening.tls, listening: false, masked: true } } },
      {},
      ['socket-masked'],
    ],
    [
      'a guest under way',
      {
        facts: {
          guests: {
            count: 1,
            busy: ['web01'],
            users: { vnc: [], spice: [], chardev: [], nbd: [] },
            unseen: 0,
          },
        },
      },
      {},
      ['guests-busy'],
    ],
    ['a folder that is not there', {}, { separateDirectories: ['backup'] }, ['service-directory-missing']],
    [
      'a folder that AppArmor hides',
      { facts: { apparmor: true } },
      { separateDirectories: ['migrate'] },
      ['directory-confined'],
    ],
    [
      'OpenStack tunnels',
      { files: { '/etc/nova/nova.conf': '[libvirt]\nlive_migration_tunnelled = True\n' } },
      {},
      ['openstack-tunnelled'],
    ],
    [
      'OpenStack has a URI',
      { files: { '/etc/nova/nova.conf': '[libvirt]\nlive_migration_uri = qemu+ssh://%s/system\n' } },
      {},
      ['openstack-uri'],
    ],
  ])('%s', (_, given, wishes, expected) => {
    expect(codes(plan(given, wishes).obstacles)).toEqual(expected);
  });
});

describe('the firewall', () => {
  const peers = ['198.51.100.12', 'fd76::12'];
  const commands = (facts: Partial<HostSetupFacts>, files: Record<string, string> = {}) =>
    plan(
      { facts: { ...listening, ...facts }, files: { '/etc/libvirt/qemu.conf': done, ...files } },
      { peers },
    );

  it('firewalld: for now and for good, for each peer, and only what is missing', () => {
    const rule = 'rule family="ipv4" source address="198.51.100.12" port port="16514" protocol="tcp" accept';
    const made = commands({
      firewall: { kind: 'firewalld', zone: 'public', runtime: [rule], permanent: [] },
    });
    const [change] = made.changes;
    expect(change?.commands).toHaveLength(7);
    expect(change?.commands[0]).toBe(`firewall-cmd --permanent --zone=public --add-rich-rule=${rule}`);
    expect(change?.step).toMatchObject({
      touches: ['/etc/firewalld/zones/public.xml', '/etc/firewalld/zones/public.xml.old'],
    });
  });

  it('ufw: in the words in which it shows its rules', () => {
    const rules = ['ufw allow from 198.51.100.12 to any port 16514 proto tcp'];
    expect(commands({ firewall: { kind: 'ufw', rules } }).changes[0]?.commands).toEqual([
      'ufw allow from 198.51.100.12 to any port 49152:49215 proto tcp',
      'ufw allow from fd76::12 to any port 16514 proto tcp',
      'ufw allow from fd76::12 to any port 49152:49215 proto tcp',
    ]);
  });

  const chain = { family: 'inet', table: 'filter', chain: 'input', comments: [] };
  const file = '/etc/nftables.conf';
  const text =
    'table inet filter {\n  chain input {\n    type filter hook input priority 0; policy drop;\n  }\n}\n';

  it('nftables: in the kernel and in the file, by family', () => {
    const made = commands({ firewall: { kind: 'nftables', chains: [chain], file } }, { [file]: text });
    expect(made.changes).toHaveLength(2);
    expect(made.changes[0]?.commands[0]).toMatch(
      /^nft insert rule inet filter input ip saddr \{ 198\.51\.100\.12 \} tcp dport \{ 16514, 49152-49215 \} accept comment "viaduct-[0-9a-f]{16}"$/,
    );
    expect(made.changes[1]?.diff).toContain('+    ip6 saddr { fd76::12 }');
  });

  it('nftables without a file: told that the rules do not last', () => {
    const made = commands({ firewall: { kind: 'nftables', chains: [chain], file: undefined } });
    expect(codes(made.warnings)).toEqual(['firewall-not-kept']);
  });

  it.each<[string, HostSetupFacts['firewall'], string[], string]>([
    ['iptables', { kind: 'iptables' }, peers, 'firewall-by-hand'],
    ['not known', { kind: 'unknown', because: 'why' }, peers, 'firewall-by-hand'],
    ['no peers', { kind: 'ufw', rules: [] }, [], 'firewall-no-peers'],
    ['peers that are no addresses', { kind: 'ufw', rules: [] }, ['; rm -rf /'], 'firewall-no-peers'],
  ])('%s: left to the admin', (_, firewall, named, code) => {
    const made = plan(
      { facts: { ...listening, firewall }, files: { '/etc/libvirt/qemu.conf': done } },
      { peers: named },
    );
    expect(made.changes).toEqual([]);
    expect(codes(made.warnings)).toEqual([code]);
  });
});

describe('OpenStack', () => {
  it('gets both settings, and its service is named', () => {
    const made = plan({
      files: { '/etc/nova/nova.conf': '[libvirt]\nvirt_type = kvm\n', '/etc/libvirt/qemu.conf': done },
      facts: listening,
    });
    expect(made.changes[0]?.diff).toMatch(
      /\+live_migration_scheme = tls\n\+live_migration_with_native_tls = true/,
    );
    expect(made.afterwards).toEqual(['Restart nova-compute.service on alpha; running guests go on.']);
  });

  it('is left alone when it has them', () => {
    const nova = '[libvirt]\nlive_migration_with_native_tls = True\nlive_migration_scheme = tls\n';
    expect(
      plan({ files: { '/etc/nova/nova.conf': nova, '/etc/libvirt/qemu.conf': done }, facts: listening })
        .changes,
    ).toEqual([]);
  });
});

describe('only known clients', () => {
  const allowed: AllowedClients = {
    clients: [
      { owner: 'beta', name: 'CN=beta' },
      { owner: 'alpha', name: 'CN=alpha' },
    ],
    shutOut: [],
    unknownOf: [],
    workstation: ['CN=beta'],
  };
  const conf = '/etc/libvirt/libvirtd.conf';
  const files = { '/etc/libvirt/qemu.conf': done };
  const list = (more: Partial<AllowedClients> = {}, given: Given = {}) =>
    plan({ files, facts: listening, ...given }, { allowedClients: { ...allowed, ...more } });

  it('are named in the file of the daemon, which starts again; and once is enough', () => {
    const made = list();
    expect(titles(made)).toEqual([
      `Let in over TLS only the clients that are named (${conf})`,
      'Restart libvirtd.service',
    ]);
    expect(made.changes[0]?.diff).toContain('+tls_allowed_dn_list = [ "CN=alpha", "CN=beta" ]');
    expect(codes(made.warnings)).toEqual(['allow-list']);
    const again = { ...files, [conf]: 'tls_allowed_dn_list = [ "CN=beta", "CN=alpha" ]\n' };
    expect(titles(list({}, { files: again }))).toEqual([]);
  });

  it('are named in the file of the proxy with modular daemons', () => {
    const made = list({}, { runs: ['virtqemud.socket', 'virtproxyd.socket'] });
    expect(made.changes[0]?.step).toMatchObject({ path: '/etc/libvirt/virtproxyd.conf' });
    expect(titles(made)[1]).toBe('Restart virtproxyd.service');
  });

  it('share one change of a file with what else is changed in it', () => {
    const given = { runs: ['libvirtd.service'], files: { ...files, [conf]: 'listen_tls = 0\n' }, facts: {} };
    const changed = list({}, given).changes.flatMap(({ step }) => (step.kind === 'file' ? [step] : []));
    expect(changed.filter(({ path }) => path === conf)).toMatchObject([
      { edit: { set: { listen_tls: 1, tls_allowed_dn_list: ['CN=alpha', 'CN=beta'] } } },
    ]);
  });

  it.each<[string, Partial<AllowedClients>, Given, RegExp]>([
    ['others with a certificate', { shutOut: ['gamma', 'desk'] }, {}, /gamma, desk have valid/],
    ['others that are not known', { unknownOf: ['Company CA'] }, {}, /certificate of Company CA is not/],
    [
      'a workstation without a certificate',
      { workstation: [] },
      {},
      /qemu\+tls:\/\/alpha will not let it in/,
    ],
    [
      'who is on the list now',
      {},
      { files: { ...files, [conf]: 'tls_allowed_dn_list = ["CN=old*", "CN=beta"]\n' } },
      /taken off it: CN=old\*\./,
    ],
    ['a name that is a pattern', { clients: [{ owner: 'w', name: 'CN=*.lab' }] }, {}, /CN=\*\.lab.*any text/],
  ])('warn of %s', (_what, more, given, sentence) => {
    expect(
      list(more, given)
        .warnings.map(({ message }) => message)
        .join('\n'),
    ).toMatch(sentence);
  });

  it('keep the workstation in that made the connection', () => {
    const facts = { ...listening, connectUri: 'qemu+tls://alpha/system' };
    expect(codes(list({}, { facts }).obstacles)).toEqual([]);
    expect(codes(list({ workstation: ['CN=desk'] }, { facts }).obstacles)).toEqual(['allow-list-self']);
    expect(codes(list({ workstation: [] }, { facts }).obstacles)).toEqual(['allow-list-self']);
    expect(codes(list({ workstation: [] }).obstacles)).toEqual([]);
    expect(codes(list({ clients: [] }).obstacles)).toEqual(['allow-list-empty']);
  });
});

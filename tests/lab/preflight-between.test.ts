import { afterEach, beforeAll, expect, test } from 'vitest';
import { procedures } from '../../electron/libvirt/index.ts';
import { gateSocket, RpcGate } from './faults/rpc-gate.ts';
import { hosts, type HostName, Lab } from './lab.ts';
import { expectOnlyError, expectOnlyWarning, findingsAt, preflight } from './support/preflight-run.ts';
import { restartSshd } from './support/sshd.ts';

/*
 * Ways between the hosts with one thing wrong at a time. The login of the daemon, its port and its list of names are in
 * peer-misconfigured.test.ts.
 */

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  await lab.virsh('alpha', ['suspend', 'db01']);
});
let forOne = new AsyncDisposableStack();
afterEach(async () => {
  await forOne.disposeAsync();
  forOne = new AsyncDisposableStack();
});

const dataPorts = { from: 49_152, to: 49_215 };

/** Until the test is over, with `change` made of the file's text. */
async function rewrite(
  host: 'alpha' | 'beta',
  file: string,
  change: (text: string) => string,
): Promise<void> {
  const before = await lab.mustRun(host, ['cat', file]);
  forOne.defer(async () => {
    await lab.mustRun(host, ['tee', file], { stdin: before });
  });
  await lab.mustRun(host, ['tee', file], { stdin: change(before) });
}

/** Until the test is over. */
async function writeOn(host: HostName, file: string, text: string): Promise<void> {
  forOne.defer(async () => {
    await lab.mustRun(host, ['rm', '-f', file]);
  });
  await lab.mustRun(host, ['tee', file], { stdin: text });
}
const libfaketime = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

const restart = (host: HostName): Promise<string> =>
  lab.mustRun(host, ['systemctl', 'restart', 'libvirtd.service']);
const restartBeta = (): Promise<string> => restart('beta');

test.each<[string, string, RegExp, () => Promise<unknown>]>([
  [
    'a name that leads the source to itself',
    'network.name',
    /Seen from alpha\.lab, beta\.lab is 127\.0\.1\.1: it leads back/,
    () => rewrite('alpha', '/etc/hosts', (text) => `127.0.1.1 beta.lab\n${withoutBeta(text)}`),
  ],
  [
    'a name that the source does not know',
    'network.name',
    /alpha\.lab cannot resolve beta\.lab/,
    () => rewrite('alpha', '/etc/hosts', withoutBeta),
  ],
  [
    'data ports that a firewall drops',
    'network.ports',
    /does not reach port 49152 of beta\.lab: nothing answers/,
    async () => forOne.use(await lab.blockPort('beta', dataPorts, 'drop')),
  ],
  [
    'data ports that a firewall turns away',
    'network.ports',
    /does not reach port 49152 of beta\.lab: the connection is refused although something listens/,
    async () => forOne.use(await lab.blockPort('beta', dataPorts, 'reject')),
  ],
  [
    'the upper data ports alone that a firewall drops',
    'network.ports',
    /does not reach port 49215 of beta\.lab/,
    async () => forOne.use(await lab.blockPort('beta', { from: 49_160, to: 49_215 }, 'drop')),
  ],
  [
    'one UUID for two hosts',
    'hosts.same',
    /have the same host UUID/,
    async () => {
      const uuid = /<uuid>(.*?)<\/uuid>/.exec(await lab.virsh('alpha', ['capabilities']))?.[1] ?? '';
      forOne.defer(async () => {
        await restartBeta();
      });
      const own = (text: string): string => text.replace(/^host_uuid_source.*$/m, `host_uuid = "${uuid}"`);
      await rewrite('beta', '/etc/libvirt/libvirtd.conf', own);
      await restartBeta();
    },
  ],
])('%s', async (_words, id, words, harm) => {
  await harm();
  await expectOnlyError(lab, { guest: 'web01', id, words });
});

/** Until the test is over, a host's daemon goes by a settings file with one line more. */
async function setOn(host: HostName, file: 'qemu.conf' | 'libvirtd.conf', line: string): Promise<void> {
  forOne.defer(async () => {
    await restart(host);
  });
  await rewrite(host, `/etc/libvirt/${file}`, (text) => `${text}\n${line}\n`);
  await restart(host);
}

const sides = [
  ['source', 'alpha'],
  ['destination', 'beta'],
] as const;

test.each(sides)('a %s that insists on TLS', async (side, host) => {
  await setOn(host, 'qemu.conf', 'migrate_tls_force = 1');
  const args = ['--mode', 'ssh-relay'];
  const words = new RegExp(`${host}\\.lab refuses migrations without TLS`);
  await expectOnlyError(lab, { guest: 'web01', id: `tls.${side}.force`, words, args });
});

test.each(sides)('a %s whose sshd opens no socket for a relay', async (side, host) => {
  forOne.defer(() => restartSshd(lab, host));
  await rewrite(host, '/etc/ssh/sshd_config', (text) => `AllowStreamLocalForwarding no\n${text}`);
  await restartSshd(lab, host);
  const args = ['--mode', 'ssh-relay'];
  const words = new RegExp(`^${host}\\.lab: `);
  const remedy = /AllowStreamLocalForwarding yes/;
  await expectOnlyError(lab, { guest: 'web01', id: `relay.${side}`, words, remedy, args });
});

test.each([
  ['too new', 'zstd', /--compress zlib or zstd needs libvirt 9\.4 or newer; alpha\.lab has 9\.0\.0/],
  ['gone', 'mt', /--compress mt needs a QEMU before 9\.1; alpha\.lab has 10\./],
])('an option that is %s for these hosts', async (_what, compress, words) => {
  const parallel = compress === 'zstd' ? ['--parallel', '2'] : [];
  const run = await preflight(lab, 'web01', ['--compress', compress, ...parallel]);
  const errors = findingsAt(run, 'error');
  // Both hosts are of the same age here, so it is said of each.
  expect(
    errors.map(({ id }) => id),
    run.stderr,
  ).toEqual(['plan.versions', 'plan.versions']);
  expect(errors[0]?.['summary']).toMatch(words);
  expect(run.code).toBe(3);
});

test.each(sides)(
  'for a person to judge: settings that the daemon of the %s has not read',
  async (side, host) => {
    const file = '/etc/libvirt/qemu.conf';
    forOne.defer(async () => {
      await restart(host);
    });
    await rewrite(host, file, (text) => `${text}\nmigration_port_max = 49200\n`);
    // What is written within two seconds of a start counts as read.
    await lab.mustRun(host, ['touch', '--date', '10 seconds', file]);
    const words = new RegExp(
      `/etc/libvirt/qemu\\.conf on ${host}\\.lab was changed after its daemon was started`,
    );
    await expectOnlyWarning(lab, { guest: 'web01', id: `daemon.${side}.settings`, words });
  },
);

test.each(sides)('for a person to judge: a daemon of the %s that lets in everybody', async (side, host) => {
  forOne.use(await lab.setLogins(host, 'libvirtd', { auth_tcp: 'none' }, ['tls', 'tcp']));
  const words = new RegExp(
    `${host}\\.lab lets in whoever reaches its port 16509, without encryption and without a login`,
  );
  await expectOnlyWarning(lab, { guest: 'web01', id: `daemon.${side}.listeners`, words });
});

/** A host whose daemon says that it is older than any that Debian still has; all else it says is its own. */
async function older(host: HostName, part: 'libvirt' | 'QEMU', version: bigint): Promise<string> {
  const gate = forOne.use(new RpcGate(hosts[host]));
  await gate.open();
  if (part === 'QEMU') gate.retell(procedures.connectGetVersion, () => ({ hvVer: version }));
  else gate.retell(procedures.connectGetLibVersion, () => ({ libVer: version }));
  return `${lab.sshUri(host)}&socket=${gateSocket}`;
}

test.each(
  sides.flatMap(([side, host]) => [
    [side, host, 'libvirt', 4_003_000n, 'libvirt 4.3.0; at least 4.4.0'] as const,
    [side, host, 'QEMU', 2_010_002n, 'QEMU 2.10.2; at least 2.11'] as const,
  ]),
)('a %s whose %s has too old a %s', async (side, host, part, version, told) => {
  const args = [`--${side}`, await older(host, part, version)];
  const words = new RegExp(`^${host}\\.lab runs ${told} is needed`);
  await expectOnlyError(lab, { guest: 'web01', id: `versions.${side}`, words, args });
});

test('for a person to judge: a destination with an older QEMU', async () => {
  const args = ['--destination', await older('beta', 'QEMU', 9_002_000n)];
  const words = /^beta\.lab is older than alpha\.lab: QEMU 9\.2\.0 is older than 10\./;
  await expectOnlyWarning(lab, { guest: 'web01', id: 'versions.order', words, args });
});

test('for a person to judge: clocks that differ', async () => {
  // A program of this name is found before the system's own, which it gives another clock.
  const path = '/usr/local/sbin/date';
  await writeOn('beta', path, `#!/bin/sh\nLD_PRELOAD=${libfaketime} FAKETIME=+90 exec /usr/bin/date "$@"\n`);
  await lab.mustRun('beta', ['chmod', '0755', path]);
  const words = /^The clocks of alpha\.lab and beta\.lab differ by (?:8[5-9]|9[0-5])\.\d s/;
  await expectOnlyWarning(lab, { guest: 'web01', id: 'clock', words });
});

const p2p = ['--control', 'p2p'];

test.each<[string, string, RegExp, () => Promise<unknown>, string[]?]>([
  [
    "a key of the destination's libvirt that everybody may read",
    'control.destination.key',
    /Everybody on beta\.lab may read the private key \/etc\/pki\/libvirt\/private\/serverkey\.pem/,
    async () => {
      forOne.defer(() => lab.restoreHostCertificates('beta'));
      await lab.mustRun('beta', ['chmod', '0644', '/etc/pki/libvirt/private/serverkey.pem']);
    },
    p2p,
  ],
  [
    "a key of the source's libvirt that everybody may read",
    'control.source.key',
    /Everybody on alpha\.lab may read the private key \/etc\/pki\/libvirt\/private\/clientkey\.pem/,
    async () => {
      forOne.defer(() => lab.restoreHostCertificates('alpha'));
      await lab.mustRun('alpha', ['chmod', '0644', '/etc/pki/libvirt/private/clientkey.pem']);
    },
    p2p,
  ],
  [
    'a certificate that the daemon has not read',
    'daemon.destination.served',
    /The daemon of beta\.lab shows another certificate than the one on its disk/,
    async () => {
      forOne.defer(() => lab.restoreHostCertificates('beta'));
      await lab.issueHostCertificates('beta', { purposes: ['libvirt'] });
    },
    p2p,
  ],
  [
    'a daemon that asks for no certificate',
    'control.login.unverified',
    /The daemon of beta\.lab lets in everybody who reaches its port/,
    () => setOn('beta', 'libvirtd.conf', 'tls_no_verify_certificate = 1'),
    p2p,
  ],
  [
    'a destination that does not verify the source',
    'tls.destination.verify',
    /beta\.lab does not verify the source/,
    () => setOn('beta', 'qemu.conf', 'migrate_tls_x509_verify = 0'),
  ],
])('for a person to judge: %s', async (_words, id, words, harm, args = []) => {
  await harm();
  await expectOnlyWarning(lab, { guest: 'web01', id, words, args });
});

function withoutBeta(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.includes(hosts.beta.fqdn))
    .join('\n');
}

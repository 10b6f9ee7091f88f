import { afterEach, beforeAll, expect, test } from 'vitest';
import { hosts, Lab } from './lab.ts';
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

const restartBeta = (): Promise<string> => lab.mustRun('beta', ['systemctl', 'restart', 'libvirtd.service']);

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

/** Until the test is over, beta's daemon goes by a settings file with one line more. */
async function setOnBeta(file: 'qemu.conf' | 'libvirtd.conf', line: string): Promise<void> {
  forOne.defer(async () => {
    await restartBeta();
  });
  await rewrite('beta', `/etc/libvirt/${file}`, (text) => `${text}\n${line}\n`);
  await restartBeta();
}

test('a host that insists on TLS', async () => {
  await setOnBeta('qemu.conf', 'migrate_tls_force = 1');
  const args = ['--mode', 'ssh-relay'];
  const words = /beta\.lab refuses migrations without TLS/;
  await expectOnlyError(lab, { guest: 'web01', id: 'tls.destination.force', words, args });
});

test('a host whose sshd opens no socket for a relay', async () => {
  forOne.defer(() => restartSshd(lab, 'beta'));
  await rewrite('beta', '/etc/ssh/sshd_config', (text) => `AllowStreamLocalForwarding no\n${text}`);
  await restartSshd(lab, 'beta');
  const args = ['--mode', 'ssh-relay'];
  const errors = findingsAt(await preflight(lab, 'web01', args), 'error');
  // Without a relay nothing encrypts the data either, by which a move is refused even if the relay was not tried.
  expect(errors.map(({ id }) => id)).toEqual(['relay.destination', 'policy.plaintext']);
  expect(errors[0]?.['remedy']).toMatch(/AllowStreamLocalForwarding yes/);
});

const p2p = ['--control', 'p2p'];

test.each<[string, string, RegExp, () => Promise<unknown>, string[]?]>([
  [
    'settings that the daemon has not read',
    'daemon.destination.settings',
    /\/etc\/libvirt\/qemu\.conf on beta\.lab was changed after its daemon was started/,
    async () => {
      const file = '/etc/libvirt/qemu.conf';
      forOne.defer(async () => {
        await restartBeta();
      });
      await rewrite('beta', file, (text) => `${text}\nmigration_port_max = 49200\n`);
      // What is written within two seconds of a start counts as read.
      await lab.mustRun('beta', ['touch', '--date', '10 seconds', file]);
    },
  ],
  [
    'a daemon that lets in everybody, unencrypted',
    'daemon.destination.listeners',
    /beta\.lab lets in whoever reaches its port 16509, without encryption and without a login/,
    async () => forOne.use(await lab.setLogins('beta', 'libvirtd', { auth_tcp: 'none' }, ['tls', 'tcp'])),
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
    () => setOnBeta('libvirtd.conf', 'tls_no_verify_certificate = 1'),
    p2p,
  ],
  [
    'a destination that does not verify the source',
    'tls.destination.verify',
    /beta\.lab does not verify the source/,
    () => setOnBeta('qemu.conf', 'migrate_tls_x509_verify = 0'),
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

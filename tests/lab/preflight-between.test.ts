import { afterEach, beforeAll, test } from 'vitest';
import { hosts, Lab } from './lab.ts';
import { expectOnlyError } from './support/preflight-run.ts';

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

test('a host that insists on TLS', async () => {
  await rewrite('beta', '/etc/libvirt/qemu.conf', (text) => `${text}\nmigrate_tls_force = 1\n`);
  await restartBeta();
  const args = ['--mode', 'ssh-relay'];
  const words = /beta\.lab refuses migrations without TLS/;
  await expectOnlyError(lab, { guest: 'web01', id: 'tls.destination.force', words, args });
});

function withoutBeta(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.includes(hosts.beta.fqdn))
    .join('\n');
}

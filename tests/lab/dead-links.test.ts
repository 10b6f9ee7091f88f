import { beforeAll, expect, it } from 'vitest';
import { noPrompts } from '../../electron/ssh/prompts.ts';
import { SshSession } from '../../electron/ssh/session.ts';
import { Lab } from './lab.ts';
import { openRouteClient } from './support/route-client.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
});

/** The promise of the issue, for a peer that vanishes without a word. */
const promisedMs = 30_000;

it('a host whose packets are dropped is given up within 30 s over ssh, tls and tcp', async () => {
  await using undo = new AsyncDisposableStack();
  undo.use(await lab.setLogins('alpha', 'libvirtd', { auth_tcp: 'none' }, ['tcp', 'tls']));
  await using ssh = await openRouteClient(lab.sshUri('alpha'));
  await using tls = await openRouteClient(lab.tlsUri('alpha'));
  await using tcp = await openRouteClient('qemu+tcp://alpha.lab/system');
  const session = await SshSession.connect(
    { host: 'alpha.lab', user: 'root', keyFile: lab.keyFile, knownHostsFile: lab.knownHosts },
    { prompts: noPrompts, acceptedKeysFile: lab.knownHosts, sshConfigFile: 'none' },
  );
  for (const port of [22, 16_514, 16_509]) undo.use(await lab.blockPort('alpha', port, 'drop'));
  const start = performance.now();
  const ends = { ssh: ssh.client, tls: tls.client, tcp: tcp.client, 'ssh alone': session };
  const seen = await Promise.all(
    Object.entries(ends).map(async ([name, { closed }]) => {
      const error = await closed;
      return { name, error, afterMs: performance.now() - start };
    }),
  );
  for (const { name, error, afterMs } of seen) {
    expect(error, name).toBeInstanceOf(Error);
    expect(afterMs, name).toBeLessThan(promisedMs);
  }
}, 90_000);

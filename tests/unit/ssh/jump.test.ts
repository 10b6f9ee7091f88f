import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { noPrompts } from '../../../electron/ssh/prompts.ts';
import { SshSession } from '../../../electron/ssh/session.ts';
import { freePort, signal, TestSshd } from './sshd.ts';
import { eventually } from '../eventually.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let gate: TestSshd;
let inner: TestSshd;
beforeAll(async () => {
  vi.stubEnv('SSH_AUTH_SOCK', undefined);
  [gate, inner] = await Promise.all([TestSshd.start(), TestSshd.start()]);
});
afterAll(async () => {
  await Promise.all([gate.stop(), inner.stop()]);
  vi.unstubAllEnvs();
});

function hostBlock(alias: string, server: TestSshd, extra = ''): string {
  return `Host ${alias}
  HostName 127.0.0.1
  Port ${server.port}
  User ${server.user}
  IdentityFile ${server.keyFile}
  UserKnownHostsFile ${server.knownHostsFile}
  GlobalKnownHostsFile none
  ${extra}
`;
}

function connect(host: string, config: string): Promise<SshSession> {
  return SshSession.connect(
    { host },
    {
      prompts: noPrompts,
      acceptedKeysFile: gate.path('accepted'),
      sshConfigFile: gate.write('ssh_config', config),
    },
  );
}

describe('a host behind jump hosts', () => {
  it('is reached through one', async () => {
    const session = await connect(
      'inner',
      hostBlock('inner', inner, 'ProxyJump gate') + hostBlock('gate', gate),
    );
    try {
      const { stdout } = await session.exec(['printenv', 'SSH_CONNECTION']);
      expect(stdout.toString().trim().split(' ')[3]).toBe(String(inner.port));
      expect(gate.connectionPids().length).toBeGreaterThan(0);
    } finally {
      session.close();
    }
    await eventually(() =>
      expect(gate.connectionPids(), 'the link to the jump host is still open').toEqual([]),
    );
  });

  it('is reached through several, and through the same one twice', async () => {
    const config =
      hostBlock('inner', inner, 'ProxyJump gate,again') + hostBlock('gate', gate) + hostBlock('again', gate);
    const session = await connect('inner', config);
    await expect(session.exec(['true'])).resolves.toMatchObject({ code: 0 });
    session.close();
  });

  it('is not reached through a jump host whose key is unknown', async () => {
    const stranger = hostBlock('gate', gate).replace(gate.knownHostsFile, gate.path('empty'));
    await expect(
      connect('inner', hostBlock('inner', inner, 'ProxyJump gate') + stranger),
    ).rejects.toMatchObject({
      code: 'ssh-host-key-unknown',
      message: expect.stringContaining(String(gate.port)) as string,
    });
  });

  it('has its own key checked too, behind a trusted jump host', async () => {
    const stranger = hostBlock('inner', inner, 'ProxyJump gate').replace(
      inner.knownHostsFile,
      inner.path('empty'),
    );
    await expect(connect('inner', stranger + hostBlock('gate', gate))).rejects.toMatchObject({
      code: 'ssh-host-key-unknown',
      message: expect.stringContaining(String(inner.port)) as string,
    });
  });

  it('is said to be out of reach from the jump host when it is', async () => {
    const port = await freePort();
    const config =
      hostBlock('inner', inner, 'ProxyJump gate').replace(`Port ${inner.port}`, `Port ${port}`) +
      hostBlock('gate', gate);
    await expect(connect('inner', config)).rejects.toMatchObject({
      code: 'ssh-unreachable',
      message: expect.stringContaining('jump host') as string,
    });
  });

  it('is refused when the jump hosts go in circles', async () => {
    const config = hostBlock('inner', inner, 'ProxyJump gate') + hostBlock('gate', gate, 'ProxyJump inner');
    await expect(connect('inner', config)).rejects.toMatchObject({ code: 'ssh-bad-target' });
  });

  it('is lost with its jump host', async () => {
    const session = await connect(
      'inner',
      hostBlock('inner', inner, 'ProxyJump gate') + hostBlock('gate', gate),
    );
    gate.connectionPids().forEach((pid) => signal(pid, 'SIGKILL'));
    await expect(session.closed).resolves.toMatchObject({ code: 'ssh-link-lost' });
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { noPrompts, type SshPrompts } from '../../../electron/ssh/prompts.ts';
import { SshSession } from '../../../electron/ssh/session.ts';
import type { SshConnectOptions, SshTarget } from '../../../electron/ssh/session-options.ts';
import { freePort, TestSshd } from './sshd.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let sshd: TestSshd;
const sessions: SshSession[] = [];

beforeAll(async () => {
  vi.stubEnv('SSH_AUTH_SOCK', undefined);
  sshd = await TestSshd.start(['PasswordAuthentication no', 'KbdInteractiveAuthentication no']);
});
afterEach(() => sessions.splice(0).forEach((session) => session.close()));
afterAll(async () => {
  vi.unstubAllEnvs();
  await sshd.stop();
});

async function connect(
  target: Partial<SshTarget>,
  options: Partial<SshConnectOptions> = {},
): Promise<SshSession> {
  const session = await SshSession.connect(
    { host: '127.0.0.1', port: sshd.port, user: sshd.user, knownHostsFile: sshd.knownHostsFile, ...target },
    { prompts: noPrompts, acceptedKeysFile: sshd.path('accepted'), sshConfigFile: 'none', ...options },
  );
  sessions.push(session);
  return session;
}

function answering(passphrases: (string | undefined)[]): SshPrompts & { asked: number[] } {
  const asked: number[] = [];
  return {
    ...noPrompts,
    interactive: true,
    asked,
    askPassphrase: ({ attempt }) => {
      asked.push(attempt);
      return Promise.resolve(passphrases[attempt - 1]);
    },
  };
}

describe('logging in to a real sshd', () => {
  it('takes the named key', async () => {
    const session = await connect({ keyFile: sshd.keyFile });
    expect((await session.exec(['id', '-un'])).stdout.toString().trim()).toBe(sshd.user);
  });

  it('says which logins were tried when the key is not authorized', async () => {
    const keyFile = sshd.makeKey('stranger');
    await expect(connect({ keyFile })).rejects.toMatchObject({
      code: 'ssh-auth-failed',
      message: expect.stringContaining(keyFile) as string,
      remedy: expect.stringContaining('authorized_keys') as string,
    });
  });

  it('says so when the named key does not exist', async () => {
    await expect(connect({ keyFile: sshd.path('nowhere') })).rejects.toMatchObject({
      code: 'ssh-key-unreadable',
    });
  });

  it('says so when the named file is no key', async () => {
    const keyFile = sshd.write('letter', 'Dear sshd,\n');
    await expect(connect({ keyFile })).rejects.toMatchObject({ code: 'ssh-key-unreadable' });
  });

  describe('with an encrypted key', () => {
    let keyFile: string;
    beforeAll(() => {
      keyFile = sshd.makeKey('sealed', { passphrase: 'open sesame' });
      sshd.authorize(keyFile);
    });

    it('asks for the passphrase, again after a wrong one', async () => {
      const prompts = answering(['wrong', 'open sesame']);
      await connect({ keyFile }, { prompts });
      expect(prompts.asked).toEqual([1, 2]);
    });

    it('gives up after three wrong passphrases', async () => {
      const prompts = answering(['a', 'b', 'c', 'open sesame']);
      await expect(connect({ keyFile }, { prompts })).rejects.toMatchObject({
        code: 'ssh-passphrase-needed',
      });
      expect(prompts.asked).toEqual([1, 2, 3]);
    });

    it('is cancelled when the person cancels', async () => {
      await expect(connect({ keyFile }, { prompts: answering([undefined]) })).rejects.toMatchObject({
        code: 'ssh-cancelled',
      });
    });

    it('names the option to use instead where nobody can be asked', async () => {
      await expect(connect({ keyFile })).rejects.toMatchObject({
        code: 'ssh-passphrase-needed',
        remedy: expect.stringContaining('keyfile=') as string,
      });
    });

    it('takes it from the agent without asking', async () => {
      const socket = sshd.path('agent');
      const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        await once(agent.stdout, 'data');
        await addToAgent(socket, keyFile, 'open sesame');
        vi.stubEnv('SSH_AUTH_SOCK', socket);
        await connect({ keyFile });
      } finally {
        vi.stubEnv('SSH_AUTH_SOCK', undefined);
        agent.kill();
        await once(agent, 'exit');
      }
    });
  });

  it('uses the identity files of the ssh configuration, and skips those it cannot', async () => {
    const broken = sshd.write('broken', 'not a key\n');
    const sshConfigFile = sshd.write(
      'ssh_config',
      `Host lab\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  User ${sshd.user}\n  IdentityFile ${broken}\n  IdentityFile ${sshd.keyFile}\n`,
    );
    const session = await SshSession.connect(
      { host: 'lab', knownHostsFile: sshd.knownHostsFile },
      { prompts: noPrompts, acceptedKeysFile: sshd.path('accepted'), sshConfigFile },
    );
    sessions.push(session);
    expect(session.host).toBe('127.0.0.1');
  });
});

describe('a host that cannot be reached', () => {
  it('is refused at once on a port where nobody listens', async () => {
    const port = await freePort();
    const before = performance.now();
    await expect(connect({ port })).rejects.toMatchObject({
      code: 'ssh-unreachable',
      message: `127.0.0.1 refuses connections on port ${port}.`,
    });
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it('is named when its name does not resolve', async () => {
    await expect(connect({ host: 'no-such-host.invalid' })).rejects.toMatchObject({
      code: 'ssh-unreachable',
      message: expect.stringMatching(/no-such-host\.invalid cannot be resolved/) as string,
    });
  });

  it('ends in a timeout when it accepts and stays silent, and can be cancelled', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no address');
    try {
      await expect(connect({ port: address.port }, { connectTimeoutMs: 200 })).rejects.toMatchObject({
        code: 'ssh-unreachable',
        message: expect.stringContaining('did not answer') as string,
      });
      const abort = new AbortController();
      const connecting = connect({ port: address.port }, { signal: abort.signal });
      server.once('connection', () => abort.abort());
      await expect(connecting).rejects.toMatchObject({ code: 'ssh-cancelled' });
    } finally {
      server.close();
    }
  });

  it('is told apart from a server that speaks something else', async () => {
    const server = createServer((socket) =>
      socket.on('error', () => undefined).end('220 mail.example ESMTP\r\n'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no address');
    try {
      await expect(connect({ port: address.port })).rejects.toMatchObject({
        code: 'ssh-unreachable',
        message: expect.stringContaining('is not an SSH server') as string,
      });
    } finally {
      server.close();
    }
  });

  it.each(['-oProxyCommand=true', 'a b', 'a;b', '$(id)', '`id`', '*', ''])(
    'is refused as a name: %j',
    async (host) => {
      await expect(connect({ host })).rejects.toMatchObject({ code: 'ssh-bad-target' });
    },
  );

  it.each(['-lroot', 'a b', 'a;b', '$(id)', ''])('is refused for the user name %j', async (user) => {
    await expect(connect({ user })).rejects.toMatchObject({ code: 'ssh-bad-target' });
  });
});

async function addToAgent(socket: string, keyFile: string, passphrase: string): Promise<void> {
  const askpass = sshd.write('askpass', `#!/bin/sh\necho '${passphrase}'\n`);
  const add = spawn('sh', ['-c', 'chmod 700 "$1" && exec ssh-add -q "$2"', 'sh', askpass, keyFile], {
    env: {
      ...process.env,
      SSH_AUTH_SOCK: socket,
      SSH_ASKPASS: askpass,
      SSH_ASKPASS_REQUIRE: 'force',
      DISPLAY: ':none',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(add, 'exit')) as [number];
  rmSync(askpass);
  expect(code).toBe(0);
}

import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadPrivateKey } from '../../../electron/ssh/private-key.ts';
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

  describe('with a key in PKCS#8 form', () => {
    const passphrase = 'open sesame';
    const sealed = { format: 'pem', cipher: 'aes-256-cbc', passphrase } as const;
    const plain = { format: 'pem', type: 'pkcs8' } as const;

    it.each<[string, KeyObject]>([
      ['rsa', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
      ['ec', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
      ['ed25519', generateKeyPairSync('ed25519').privateKey],
    ])('takes it: %s, also encrypted', async (name, key) => {
      const clear = sshd.write(`pkcs8-${name}`, key.export(plain).toString());
      const closed = sshd.write(`pkcs8-${name}-sealed`, key.export({ ...plain, ...sealed }).toString());
      const known = await loadPrivateKey(clear, () => Promise.reject(new Error('it is not encrypted')));
      appendFileSync(
        sshd.path('authorized_keys'),
        `${known?.type ?? ''} ${known?.getPublicSSH().toString('base64') ?? ''}\n`,
      );
      await connect({ keyFile: clear });
      const prompts = answering(['wrong', passphrase]);
      await connect({ keyFile: closed }, { prompts });
      expect(prompts.asked).toEqual([1, 2]);
    });
  });

  describe('where OpenSSH can and ssh2 cannot', () => {
    const useOpenSsh = expect.stringContaining('command=ssh') as string;

    it('says so of a key on a security key', async () => {
      const blob = Buffer.from('openssh-key-v1\0....sk-ssh-ed25519@openssh.com....').toString('base64');
      const keyFile = sshd.write(
        'id_sk',
        `-----BEGIN OPENSSH PRIVATE KEY-----\n${blob}\n-----END OPENSSH PRIVATE KEY-----\n`,
      );
      await expect(connect({ keyFile })).rejects.toMatchObject({
        code: 'ssh-key-unreadable',
        message: expect.stringContaining('sk-ssh-ed25519@openssh.com') as string,
        remedy: useOpenSsh,
      });
    });

    it('says so of a certificate that the ssh configuration names, in vain or not', async () => {
      const sshConfigFile = sshd.write('with_certificate', `CertificateFile ${sshd.path('id-cert.pub')}\n`);
      const session = await connect({ keyFile: sshd.keyFile }, { sshConfigFile });
      expect(session.notes.join()).toContain(sshd.path('id-cert.pub'));
      const keyFile = sshd.makeKey('other-stranger');
      await expect(connect({ keyFile }, { sshConfigFile })).rejects.toMatchObject({
        code: 'ssh-auth-failed',
        remedy: useOpenSsh,
      });
    });

    it('says so of a certificate that only the agent has', async () => {
      const keyFile = sshd.makeKey('certified');
      sshd.makeKey('user_ca');
      execFileSync('ssh-keygen', [
        '-q',
        '-s',
        sshd.path('user_ca'),
        '-I',
        'me',
        '-n',
        'me',
        `${keyFile}.pub`,
      ]);
      const socket = sshd.path('agent-certificates');
      const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        await once(agent.stdout, 'data');
        execFileSync('ssh-add', ['-q', keyFile], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
        vi.stubEnv('SSH_AUTH_SOCK', socket);
        await expect(connect({})).rejects.toMatchObject({
          code: 'ssh-auth-failed',
          remedy: expect.stringContaining('ssh-ed25519-cert-v01@openssh.com of the agent') as string,
        });
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

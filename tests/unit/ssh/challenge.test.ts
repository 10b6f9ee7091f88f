import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type AuthContext, type Server } from 'ssh2';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { noPrompts, type ChallengeQuestion, type SshPrompts } from '../../../electron/ssh/prompts.ts';
import type { SshTarget } from '../../../electron/ssh/session-options.ts';
import { SshSession } from '../../../electron/ssh/session.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const password = randomUUID();
/** In PEM; ssh2's own generator writes an ed25519 key that begins with a zero byte without it, one in 256. */
const newKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'sec1', format: 'pem' })
    .toString();
const hostKey = newKey();

function publicLine(key: string): string {
  const parsed = ssh2.utils.parseKey(key);
  if (parsed instanceof Error) throw parsed;
  return `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`;
}

let folder: string;
let sessions: SshSession[] = [];
const servers: Server[] = [];
beforeAll(() => {
  vi.stubEnv('SSH_AUTH_SOCK', undefined);
  folder = mkdtempSync(join(tmpdir(), 'viaduct-challenge-'));
});
afterEach(() => {
  sessions.forEach((session) => session.close());
  sessions = [];
  servers.splice(0).forEach((server) => server.close());
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});

/** A server whose logins the test decides: OpenSSH takes passwords of real accounts only. */
async function serve(decide: (login: AuthContext) => void): Promise<number> {
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on('authentication', decide).on('error', () => undefined);
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec) => {
        const channel = acceptExec();
        channel.exit(0);
        channel.end();
      });
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return (server.address() as AddressInfo).port;
}

async function connect(
  port: number,
  prompts: SshPrompts,
  target: Partial<SshTarget> & { known?: boolean } = {},
  connectTimeoutMs?: number,
): Promise<SshSession> {
  const knownHostsFile = join(folder, `known_hosts-${port}`);
  writeFileSync(knownHostsFile, target.known === false ? '' : `[127.0.0.1]:${port} ${publicLine(hostKey)}\n`);
  const sshConfigFile = join(folder, 'ssh_config');
  writeFileSync(sshConfigFile, `IdentityFile ${join(folder, 'none')}\n`);
  const session = await SshSession.connect(
    { host: '127.0.0.1', port, user: 'admin', knownHostsFile, ...target },
    {
      prompts,
      acceptedKeysFile: join(folder, 'accepted'),
      sshConfigFile,
      ...(connectTimeoutMs && { connectTimeoutMs }),
    },
  );
  sessions.push(session);
  return session;
}

function answering(answers: (string[] | undefined)[]): SshPrompts & { asked: ChallengeQuestion[] } {
  const asked: ChallengeQuestion[] = [];
  return {
    ...noPrompts,
    interactive: true,
    asked,
    answerChallenge: (question) => {
      asked.push(question);
      return Promise.resolve(answers[asked.length - 1]);
    },
  };
}

function passwordOnly(login: AuthContext): void {
  if (login.method === 'password' && login.password === password) login.accept();
  else login.reject(['password']);
}

describe('a login by password', () => {
  it('asks the person, again after a wrong answer', async () => {
    const prompts = answering([['wrong'], [password]]);
    const session = await connect(await serve(passwordOnly), prompts);
    expect(prompts.asked).toMatchObject([
      { kind: 'password', user: 'admin', attempt: 1, prompts: [{ echo: false }] },
      { attempt: 2 },
    ]);
    await expect(session.exec(['true'])).resolves.toMatchObject({ code: 0 });
  });

  it('gives up after three wrong answers, and never repeats them', async () => {
    const failure = await connect(
      await serve(passwordOnly),
      answering([['s3cret'], ['s3cret'], ['s3cret']]),
    ).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'ssh-auth-failed',
      message: expect.stringContaining('password') as string,
    });
    expect(JSON.stringify(failure) + String(failure)).not.toContain('s3cret');
  });

  it('waits for each answer of a server that takes its time over wrong ones', async () => {
    const limitMs = 1000;
    const slow = await serve((login) => setTimeout(() => passwordOnly(login), 0.4 * limitMs));
    const prompts = answering([['wrong'], ['wrong'], [password]]);
    await expect(connect(slow, prompts, {}, limitMs)).resolves.toBeDefined();
  });

  it('is cancelled when the person cancels', async () => {
    await expect(connect(await serve(passwordOnly), answering([undefined]))).rejects.toMatchObject({
      code: 'ssh-cancelled',
    });
  });

  it('is not tried where nobody can be asked', async () => {
    await expect(connect(await serve(passwordOnly), noPrompts)).rejects.toMatchObject({
      code: 'ssh-auth-failed',
      message: expect.stringContaining('It takes: password') as string,
      remedy: expect.stringContaining('keyfile=') as string,
    });
  });
});

describe("a login by the server's own questions", () => {
  it('puts each question to the person as plain text, and gives the answers in order', async () => {
    const port = await serve((login) => {
      if (login.method !== 'keyboard-interactive') {
        login.reject(['keyboard-interactive']);
        return;
      }
      login.prompt(
        [
          { prompt: 'Password:\u001b[31m', echo: false },
          { prompt: 'Code:', echo: true },
        ],
        'Two\u202e steps',
        'Look at your token.',
        (answers) => (answers.join() === 'one,two' ? login.accept() : login.reject()),
      );
    });
    const prompts = answering([['one', 'two']]);
    await connect(port, prompts);
    expect(prompts.asked).toEqual([
      {
        kind: 'keyboard-interactive',
        host: '127.0.0.1',
        user: 'admin',
        attempt: 1,
        title: 'Two steps',
        instructions: 'Look at your token.',
        prompts: [
          { text: 'Password:[31m', echo: false },
          { text: 'Code:', echo: true },
        ],
      },
    ]);
  });

  it('ends when the server asks more than a person should be asked', async () => {
    const port = await serve((login) => {
      if (login.method !== 'keyboard-interactive') login.reject(['keyboard-interactive']);
      else
        login.prompt(
          Array.from({ length: 17 }, () => 'More?'),
          () => login.accept(),
        );
    });
    const prompts = answering([]);
    await expect(connect(port, prompts)).rejects.toMatchObject({ code: 'ssh-auth-failed' });
    expect(prompts.asked).toEqual([]);
  });

  it('reports a failure of the one who asks as it is', async () => {
    const prompts: SshPrompts = {
      ...noPrompts,
      interactive: true,
      answerChallenge: () => Promise.reject(new Error('the window is gone')),
    };
    await expect(connect(await serve(passwordOnly), prompts)).rejects.toThrow('the window is gone');
  });
});

describe('the choice of logins', () => {
  /** Turns everything down, and keeps what was tried. */
  function refusing(): { tried: string[]; decide: (login: AuthContext) => void } {
    const tried: string[] = [];
    return {
      tried,
      decide: (login) => {
        if (tried.at(-1) !== login.method) tried.push(login.method);
        login.reject(['publickey', 'password', 'keyboard-interactive']);
      },
    };
  }
  const answers = [['a'], ['b'], ['c'], ['d'], ['e'], ['f']];
  const keyFile = (): string => {
    const file = join(folder, 'id');
    writeFileSync(file, newKey(), { mode: 0o600 });
    return file;
  };

  it.each<[SshTarget['logins'], string[]]>([
    [undefined, ['none', 'publickey', 'keyboard-interactive', 'password']],
    [
      ['password', 'privkey'],
      ['none', 'password', 'publickey'],
    ],
    [['keyboard-interactive'], ['none', 'keyboard-interactive']],
    [['agent'], ['none']],
  ])('%j tries %j and nothing else', async (logins, expected) => {
    const { tried, decide } = refusing();
    const target = { keyFile: keyFile(), ...(logins && { logins }) };
    await expect(connect(await serve(decide), answering(answers), target)).rejects.toMatchObject({
      code: 'ssh-auth-failed',
    });
    expect(tried).toEqual(expected);
  });

  it('sends no password and answers no question to a host that is not checked', async () => {
    const { tried, decide } = refusing();
    const prompts = answering(answers);
    const connecting = connect(await serve(decide), prompts, {
      keyFile: keyFile(),
      hostKeys: 'accept-any',
      known: false,
    });
    await expect(connecting).rejects.toMatchObject({
      code: 'ssh-auth-failed',
      remedy: expect.stringContaining('password, because the host key is not checked') as string,
    });
    expect(tried).toEqual(['none', 'publickey']);
    expect(prompts.asked).toEqual([]);
  });

  it('does when the key is on record, although any would do', async () => {
    const prompts = answering([[password]]);
    await connect(await serve(passwordOnly), prompts, { hostKeys: 'accept-any' });
    expect(prompts.asked).toHaveLength(1);
  });
});

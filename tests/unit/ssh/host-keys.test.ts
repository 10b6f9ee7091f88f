import { randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { noPrompts, type HostKeyQuestion, type SshPrompts } from '../../../electron/ssh/prompts.ts';
import { SshSession } from '../../../electron/ssh/session.ts';
import type { HostKeyPolicy } from '../../../electron/ssh/session-options.ts';
import { TestSshd } from './sshd.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let sshd: TestSshd;
beforeAll(async () => {
  vi.stubEnv('SSH_AUTH_SOCK', undefined);
  sshd = await TestSshd.start();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await sshd.stop();
});

/** Logs in with a known-hosts file of this content, and out again. */
async function connect(
  knownHosts: string,
  prompts: SshPrompts = noPrompts,
  hostKeys: HostKeyPolicy = 'ask',
): Promise<string> {
  const session = await SshSession.connect(
    {
      host: '127.0.0.1',
      port: sshd.port,
      user: sshd.user,
      keyFile: sshd.keyFile,
      knownHostsFile: sshd.write('hosts', knownHosts),
      hostKeys,
    },
    { prompts, acceptedKeysFile: sshd.path('accepted'), sshConfigFile: 'none' },
  );
  session.close();
  return session.security.hostKeyEvidence;
}

const onRecord = (): string => readFileSync(sshd.path('hosts'), 'utf8');

function otherHostKey(): string {
  const keyFile = sshd.makeKey(`impostor-${randomUUID()}`);
  return readFileSync(`${keyFile}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
}

function deciding(isAccepted: boolean): SshPrompts & { asked: HostKeyQuestion[] } {
  const asked: HostKeyQuestion[] = [];
  return {
    ...noPrompts,
    interactive: true,
    asked,
    confirmHostKey: (question) => {
      asked.push(question);
      return Promise.resolve(isAccepted);
    },
  };
}

describe('the host key of a real sshd', () => {
  it('is enough when it is on record under [address]:port', async () => {
    expect(await connect(sshd.knownHostLine())).toBe('record');
  });

  it('is found under a hashed name', async () => {
    const file = sshd.write('to-hash', sshd.knownHostLine());
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
    await connect(readFileSync(file, 'utf8'));
  });

  it('is the one on record, where the server has keys of several types', async () => {
    await connect(sshd.knownHostLine(sshd.hostKey('host_ecdsa')));
  });

  it('is refused when unknown and nobody can be asked, with fingerprint and option', async () => {
    await expect(connect('')).rejects.toMatchObject({
      code: 'ssh-host-key-unknown',
      message: expect.stringContaining(sshd.hostKeyFingerprint()) as string,
      remedy: expect.stringMatching(/ssh-keyscan.*known_hosts=/) as string,
    });
  });

  it('is shown to the person, and refused when they refuse', async () => {
    const prompts = deciding(false);
    await expect(connect('', prompts)).rejects.toMatchObject({ code: 'ssh-host-key-unknown' });
    expect(prompts.asked).toMatchObject([
      { host: '127.0.0.1', port: sshd.port, type: 'ssh-ed25519', fingerprint: sshd.hostKeyFingerprint() },
    ]);
    expect(readFileSync(sshd.path('hosts'), 'utf8')).toBe('');
  });

  it('is put on record when they accept, in the file that was named and in no other', async () => {
    const prompts = deciding(true);
    await connect('', prompts);
    expect(readFileSync(sshd.path('hosts'), 'utf8')).toBe(sshd.knownHostLine());
    expect(statSync(sshd.path('accepted'), { throwIfNoEntry: false })).toBeUndefined();
    await connect(readFileSync(sshd.path('hosts'), 'utf8'));
  });

  it("is put on record in Viaduct's own file when no other was named", async () => {
    const sshConfigFile = sshd.write(
      'ssh_config',
      `UserKnownHostsFile ${sshd.path('theirs')}\nGlobalKnownHostsFile none\n`,
    );
    const acceptedKeysFile = sshd.path('ours');
    const target = { host: '127.0.0.1', port: sshd.port, user: sshd.user, keyFile: sshd.keyFile };
    const login = async (prompts: SshPrompts): Promise<void> =>
      (await SshSession.connect(target, { prompts, acceptedKeysFile, sshConfigFile })).close();
    await login(deciding(true));
    expect(readFileSync(acceptedKeysFile, 'utf8')).toBe(sshd.knownHostLine());
    expect(statSync(sshd.path('theirs'), { throwIfNoEntry: false })).toBeUndefined();
    await login(noPrompts);
  });

  it('is always refused when another is on record, without asking', async () => {
    const other = otherHostKey();
    const prompts = deciding(true);
    await expect(connect(`# lab\n${sshd.knownHostLine(other)}`, prompts)).rejects.toMatchObject({
      code: 'ssh-host-key-changed',
      message: expect.stringContaining(`${sshd.path('hosts')} line 2`) as string,
    });
    expect(prompts.asked).toEqual([]);
  });

  it('is refused when revoked, without asking', async () => {
    const prompts = deciding(true);
    await expect(connect(`@revoked * ${sshd.hostKey()}\n`, prompts)).rejects.toMatchObject({
      code: 'ssh-host-key-revoked',
    });
    expect(prompts.asked).toEqual([]);
  });

  it('is unknown, and said to be so for that reason, when only a certificate authority is on record', async () => {
    await expect(connect(`@cert-authority * ${sshd.hostKey()}\n`)).rejects.toMatchObject({
      code: 'ssh-host-key-unknown',
      message: expect.stringContaining('@cert-authority') as string,
    });
  });
});

describe('the host key of a real sshd, where the URI says not to ask', () => {
  it('is put on record when new, and counts as such', async () => {
    expect(await connect('', noPrompts, 'accept-new')).toBe('new');
    expect(onRecord()).toBe(sshd.knownHostLine());
    expect(await connect(onRecord(), noPrompts, 'accept-new')).toBe('record');
  });

  it('is refused when changed, also where new ones are accepted', async () => {
    const line = sshd.knownHostLine(otherHostKey());
    await expect(connect(line, noPrompts, 'accept-new')).rejects.toMatchObject({
      code: 'ssh-host-key-changed',
    });
    expect(onRecord()).toBe(line);
  });

  it('is not put on record as a further kind of key without a person', async () => {
    const line = sshd.knownHostLine('ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQC7');
    await expect(connect(line, noPrompts, 'accept-new')).rejects.toMatchObject({
      code: 'ssh-host-key-unknown',
    });
  });

  it('is taken for this connection only when anything goes, and never put on record', async () => {
    expect(await connect('', noPrompts, 'accept-any')).toBe('none');
    expect(onRecord()).toBe('');
    const line = sshd.knownHostLine(otherHostKey());
    expect(await connect(line, noPrompts, 'accept-any')).toBe('none');
    expect(onRecord()).toBe(line);
    expect(await connect(sshd.knownHostLine(), noPrompts, 'accept-any')).toBe('record');
  });

  it('is refused when revoked even then', async () => {
    await expect(connect(`@revoked * ${sshd.hostKey()}\n`, noPrompts, 'accept-any')).rejects.toMatchObject({
      code: 'ssh-host-key-revoked',
    });
  });
});

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noPrompts, type ChallengeQuestion, type SshPrompts } from '../../electron/ssh/prompts.ts';
import { SshSession } from '../../electron/ssh/session.ts';
import { hosts, Lab } from './lab.ts';
import { openRouteClient } from './support/route-client.ts';
import { restartSshd } from './support/sshd.ts';

const dropIn = '/etc/ssh/sshd_config.d/logins.conf';
const password = randomUUID();

let lab: Lab;
let folder: string;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  folder = await mkdtemp(join(tmpdir(), 'viaduct-logins-'));
});
afterAll(() => rm(folder, { recursive: true }));

function answering(answer: string): SshPrompts & { asked: ChallengeQuestion[] } {
  const asked: ChallengeQuestion[] = [];
  return {
    ...noPrompts,
    interactive: true,
    asked,
    answerChallenge: (question) => {
      asked.push(question);
      return Promise.resolve(question.prompts.map(() => answer));
    },
  };
}

describe('a login that a person answers, at a real sshd with PAM', () => {
  let shadow: string;
  beforeEach(async () => {
    shadow = await lab.mustRun('alpha', ['cat', '/etc/shadow']);
    await lab.mustRun('alpha', ['chpasswd'], { stdin: `operator:${password}\n` });
  });
  afterEach(async () => {
    await lab.mustRun('alpha', ['tee', '/etc/shadow'], { stdin: shadow });
    await lab.mustRun('alpha', ['rm', '-f', dropIn]);
    await restartSshd(lab, 'alpha');
  });

  const settings = {
    password: 'PasswordAuthentication yes\nKbdInteractiveAuthentication no\n',
    'keyboard-interactive': 'PasswordAuthentication no\nKbdInteractiveAuthentication yes\n',
  };
  const uri = (query: string) =>
    `qemu+ssh://operator@alpha.lab/system?known_hosts=${lab.knownHosts}&${query}`;

  it.each(['password', 'keyboard-interactive'] as const)('%s', async (method) => {
    await lab.mustRun('alpha', ['tee', dropIn], { stdin: settings[method] });
    await restartSshd(lab, 'alpha');
    const prompts = answering(password);
    {
      await using host = await openRouteClient(uri(`sshauth=${method}`), { prompts });
      expect(await host.guests()).toEqual(['db01', 'web01']);
    }
    expect(prompts.asked.map(({ kind, attempt }) => [kind, attempt])).toEqual([[method, 1]]);

    const silent = answering(password);
    await expect(
      openRouteClient(uri(`sshauth=${method}&no_tty=1`), { prompts: silent }),
    ).rejects.toMatchObject({
      code: 'ssh-auth-failed',
    });
    expect(silent.asked).toEqual([]);

    const wrong = answering('not it');
    await expect(openRouteClient(uri(`sshauth=${method}`), { prompts: wrong })).rejects.toMatchObject({
      code: 'ssh-auth-failed',
      message: expect.not.stringContaining('not it') as string,
    });
  });

  it('is not made at a host whose key is unknown, although no_verify=1 connects to it', async () => {
    const prompts = answering(password);
    const unknown = join(folder, 'unknown');
    await writeFile(unknown, '');
    const to = (query: string) =>
      `qemu+ssh://operator@alpha.lab/system?known_hosts=${unknown}&no_verify=1&${query}`;
    await expect(openRouteClient(to('sshauth=password'), { prompts })).rejects.toMatchObject({
      code: 'ssh-auth-failed',
    });
    expect(prompts.asked).toEqual([]);
    await using host = await openRouteClient(to(`keyfile=${lab.keyFile}`), { prompts });
    expect(await host.guests()).toEqual(['db01', 'web01']);
    expect(host.route.security.level).toBe('unverified');
  });
});

describe("a host behind another, by the user's ssh configuration", () => {
  it('is reached through it, each with its own host key', async () => {
    const sshConfigFile = join(folder, 'ssh_config');
    const each = `User root\n  IdentityFile ${lab.keyFile}\n  UserKnownHostsFile ${lab.knownHosts}\n  GlobalKnownHostsFile none\n`;
    await writeFile(
      sshConfigFile,
      `Host inner\n  HostName beta.lab\n  ProxyJump gate\n  ${each}Host gate\n  HostName alpha.lab\n  ${each}`,
    );
    const session = await SshSession.connect(
      { host: 'inner' },
      { prompts: noPrompts, acceptedKeysFile: join(folder, 'accepted'), sshConfigFile },
    );
    try {
      const { stdout } = await session.exec(['printenv', 'SSH_CONNECTION']);
      const [from] = stdout.toString().split(' ');
      expect([hosts.alpha.address, hosts.alpha.address6]).toContain(from);
      expect((await session.exec(['hostname'])).stdout.toString().trim()).toBe('beta');
    } finally {
      session.close();
    }
  });
});

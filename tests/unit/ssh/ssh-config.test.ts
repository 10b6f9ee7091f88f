import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { listHostAliases } from '../../../electron/ssh/host-aliases.ts';
import { resolveHost } from '../../../electron/ssh/ssh-config.ts';
import { parseHop } from '../../../electron/ssh/target.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'viaduct-ssh-config-'));
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(folder, { recursive: true }));

function config(text: string, name = 'config'): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe('resolveHost', () => {
  it("follows the user's ssh configuration", async () => {
    const configFile = config(`
Host alpha
  HostName alpha.lab
  User admin
  Port 2222
  IdentityFile /keys/%h-%r
  CertificateFile /keys/%r-cert.pub
  IdentitiesOnly yes
  ProxyJump jump@gate.lab:2200,inner.lab
  UserKnownHostsFile /hosts/one /hosts/two
  GlobalKnownHostsFile none
  HostKeyAlias alpha-key
  IdentityAgent none
`);
    await expect(resolveHost({ host: 'alpha' }, { configFile })).resolves.toEqual({
      hostName: 'alpha.lab',
      port: 2222,
      user: 'admin',
      identityFiles: ['/keys/alpha.lab-admin'],
      certificateFiles: ['/keys/admin-cert.pub'],
      identitiesOnly: true,
      agentSocket: undefined,
      proxyJump: ['jump@gate.lab:2200', 'inner.lab'],
      knownHostsFiles: ['/hosts/one', '/hosts/two'],
      hostKeyAlias: 'alpha-key',
    });
  });

  it('lets what the URI says win over the configuration', async () => {
    const configFile = config('Host *\n  Port 2222\n  User admin\n');
    await expect(
      resolveHost({ host: 'alpha.lab', port: 22, user: 'root' }, { configFile }),
    ).resolves.toMatchObject({ port: 22, user: 'root' });
  });

  it.each([
    ['', '/run/agent'],
    ['IdentityAgent SSH_AUTH_SOCK', '/run/agent'],
    ['IdentityAgent /other/agent', '/other/agent'],
    ['IdentityAgent $MY_AGENT', '/my/agent'],
    ['IdentityAgent none', undefined],
  ])('finds the agent with the setting "%s"', async (setting, expected) => {
    vi.stubEnv('SSH_AUTH_SOCK', '/run/agent');
    vi.stubEnv('MY_AGENT', '/my/agent');
    const { agentSocket } = await resolveHost({ host: 'alpha.lab' }, { configFile: config(`${setting}\n`) });
    expect(agentSocket).toBe(expected);
  });

  it("uses OpenSSH's defaults where OpenSSH is not installed", async () => {
    vi.stubEnv('PATH', folder);
    await expect(resolveHost({ host: 'alpha.lab', user: 'root' }, {})).resolves.toMatchObject({
      hostName: 'alpha.lab',
      port: 22,
      user: 'root',
      proxyJump: [],
    });
  });

  it('says so when OpenSSH refuses the configuration', async () => {
    const configFile = config('Nonsense yes\n');
    await expect(resolveHost({ host: 'alpha.lab' }, { configFile })).rejects.toMatchObject({
      code: 'ssh-bad-target',
      remedy: expect.stringContaining('ssh -G alpha.lab') as string,
    });
  });

  it('refuses a host that needs a ProxyCommand rather than going around it', async () => {
    const configFile = config('ProxyCommand nc %h %p\n');
    await expect(resolveHost({ host: 'alpha.lab' }, { configFile })).rejects.toMatchObject({
      code: 'ssh-bad-target',
      remedy: expect.stringContaining('ProxyJump') as string,
    });
  });

  it('refuses an alias whose real name is hostile', async () => {
    const configFile = config('Host alpha\n  HostName -oProxyCommand=id\n');
    await expect(resolveHost({ host: 'alpha' }, { configFile })).rejects.toMatchObject({
      code: 'ssh-bad-target',
    });
  });
});

describe('parseHop', () => {
  it.each([
    ['gate', { host: 'gate' }],
    ['gate.lab:2200', { host: 'gate.lab', port: 2200 }],
    ['jump@gate.lab', { host: 'gate.lab', user: 'jump' }],
    ['jump@gate.lab:2200', { host: 'gate.lab', port: 2200, user: 'jump' }],
    ['[2001:db8::1]:2200', { host: '2001:db8::1', port: 2200 }],
    ['ssh://jump@gate.lab:2200', { host: 'gate.lab', port: 2200, user: 'jump' }],
  ])('reads %s', (text, expected) => {
    expect(parseHop(text)).toEqual(expected);
  });

  it.each(['', '-oProxyCommand=id', 'a b', 'gate:port', 'gate:99999', '@gate', 'a@-b'])(
    'refuses %j',
    (text) => {
      expect(() => parseHop(text)).toThrow(expect.objectContaining({ code: 'ssh-bad-target' }) as Error);
    },
  );
});

describe('listHostAliases', () => {
  it('names hosts, not patterns, in the order of the file', async () => {
    const file = config(`
# Host commented
Host alpha beta.lab   # the lab
  HostName 192.0.2.1
host=gamma
Host *.lab !delta web?
Match host epsilon
Host "zeta" alpha
Host -oProxyCommand=id $(id)
HostName notahost
`);
    await expect(listHostAliases(file)).resolves.toEqual(['alpha', 'beta.lab', 'gamma', 'zeta']);
  });

  it('follows Include, with wildcards and relative to the folder of the configuration', async () => {
    mkdirSync(join(folder, 'conf.d'));
    config('Host one\n', 'conf.d/1.conf');
    config('Host two\nInclude config\n', 'conf.d/2.conf');
    const file = config(`Include conf.d/*.conf\nInclude ${join(folder, 'missing')}\nHost three\n`);
    await expect(listHostAliases(file)).resolves.toEqual(['one', 'two', 'three']);
  });

  it('finds none where there is no configuration', async () => {
    await expect(listHostAliases(join(folder, 'nowhere'))).resolves.toEqual([]);
  });
});

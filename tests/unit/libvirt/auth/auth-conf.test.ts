import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findCredentials, readAuthConf } from '../../../../electron/libvirt/auth/auth-conf.ts';

const conf = `
# Who logs in where.
[credentials-test]
authname = fred
password=correct horse\\s

[credentials-other]
username=bar
password=let=me in
realm=LAB
[auth-libvirt-alpha.lab]
credentials=test
[auth-libvirt-default]
credentials=other
`;

describe('the credentials of a host', () => {
  it.each([
    ['alpha.lab', { user: 'fred', password: 'correct horse ', realm: undefined }],
    ['beta.lab', { user: 'bar', password: 'let=me in', realm: 'LAB' }],
  ])('%s', (host, expected) => expect(findCredentials('file', conf, host)).toEqual(expected));

  it('may be none', () => {
    expect(findCredentials('file', '[auth-esx-default]\ncredentials=x\n', 'alpha.lab')).toBeUndefined();
    expect(findCredentials('file', '', 'alpha.lab')).toBeUndefined();
  });

  it.each([
    ['[auth-libvirt-default]\n', 'names no credentials'],
    ['[auth-libvirt-default]\ncredentials=x\n', 'no section [credentials-x]'],
    [
      '[auth-libvirt-default]\ncredentials=x\n[credentials-x]\nauthname=fred\n',
      'lacks the authname or the password',
    ],
    ['password=topsecret\n', 'line 1 cannot be read'],
    ['[a]\n\ntopsecret\n', 'line 3 cannot be read'],
  ])('%j is refused, without what it holds', (text, words) => {
    let message = '';
    try {
      findCredentials('file', text, 'alpha.lab');
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(words);
    expect(message).not.toContain('topsecret');
  });
});

describe('the file', () => {
  let folder = '';
  const file = (name: string): string => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'viaduct-auth-'));
    await mkdir(file('config/libvirt'), { recursive: true });
    const of = (user: string) =>
      `[auth-libvirt-default]\ncredentials=x\n[credentials-x]\nauthname=${user}\npassword=p\n`;
    for (const name of ['uri', 'variable', 'config/libvirt/auth.conf']) {
      await writeFile(file(name), of(name), { mode: 0o600 });
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  const userOf = async (authfile: string | undefined, environment: NodeJS.ProcessEnv) =>
    (await readAuthConf('alpha.lab', authfile, environment)).credentials?.user;

  it("is the one of the URI, else of the variable, else the user's", async () => {
    const environment = { LIBVIRT_AUTH_FILE: file('variable'), XDG_CONFIG_HOME: file('config') };
    expect(await userOf(file('uri'), environment)).toBe('uri');
    expect(await userOf(undefined, environment)).toBe('variable');
    expect(await userOf(undefined, { XDG_CONFIG_HOME: file('config') })).toBe('config/libvirt/auth.conf');
  });

  it('has to be there when it is named', async () => {
    await expect(userOf(file('nothing'), {})).rejects.toMatchObject({
      code: 'auth-file',
      message: expect.stringContaining('authfile') as string,
    });
    await expect(userOf(undefined, { LIBVIRT_AUTH_FILE: file('nothing') })).rejects.toMatchObject({
      code: 'auth-file',
    });
    await expect(userOf(folder, {})).rejects.toMatchObject({ code: 'auth-file' });
  });

  it('earns a warning when others can read it', async () => {
    expect((await readAuthConf('alpha.lab', file('uri'), {})).warnings).toEqual([]);
    await chmod(file('uri'), 0o644);
    expect((await readAuthConf('alpha.lab', file('uri'), {})).warnings).toEqual([
      expect.stringContaining('chmod 600') as string,
    ]);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  readMigrationLogin,
  type MigrationLoginFlags,
} from '../../../electron/cli/commands/host/migration-login.ts';

let folder: string;
let file: string;
let warnings: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'viaduct-login-'));
  file = join(folder, 'password');
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function read(password: string, flags: Partial<MigrationLoginFlags> = {}, hosts = 2, mode = 0o600) {
  writeFileSync(file, password, { mode });
  const given = { migrationUser: 'mover', migrationPasswordFile: file, migrationPeer: [], ...flags };
  return readMigrationLogin(given, hosts, (sentence) => warnings.push(sentence));
}

describe('the login for migrations', () => {
  it('is a name and a password, which does not show where it is printed', async () => {
    const login = await read('pl4nted secret\n');
    expect(login).toMatchObject({ user: 'mover', peers: [] });
    expect(login?.password.reveal()).toBe('pl4nted secret');
    expect(JSON.stringify(login)).not.toContain('pl4nted');
    expect(warnings).toEqual([]);
  });

  it('is none where nothing was asked for', async () => {
    const none = { migrationUser: undefined, migrationPasswordFile: undefined };
    expect(await read('x', none)).toBeUndefined();
  });

  it('warns of a file that others can read', async () => {
    await read('secret', {}, 2, 0o644);
    expect(warnings).toEqual([expect.stringContaining('chmod 600')]);
  });

  it.each<[string, string, Partial<MigrationLoginFlags>, number, string]>([
    ['no password', 'x', { migrationPasswordFile: undefined }, 2, 'migration-login'],
    ['no user', 'x', { migrationUser: undefined }, 2, 'migration-login'],
    [
      'a peer for nobody',
      'x',
      { migrationUser: undefined, migrationPasswordFile: undefined, migrationPeer: ['b'] },
      2,
      'migration-login',
    ],
    ['nowhere to log in', 'x', {}, 1, 'migration-login'],
    ['an empty password', '\n', {}, 2, 'password-file-unreadable'],
    ['two lines', 'a\nb\n', {}, 2, 'password-file-unreadable'],
    ['a blank at its end', 'a ', {}, 2, 'password-file-unreadable'],
    ['a backslash, which is read in two ways', 'a\\b', {}, 2, 'password-file-unreadable'],
    ['letters beyond ASCII', 'pässwort', {}, 2, 'password-file-unreadable'],
    ['far too long a password', 'a'.repeat(2000), {}, 2, 'password-file-unreadable'],
    ['no file', 'x', { migrationPasswordFile: '/nowhere/at/all' }, 2, 'password-file-unreadable'],
  ])('refuses %s, and quotes none of it', async (_what, password, flags, hosts, code) => {
    const refused = await read(password, flags, hosts).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code });
    if (password.length > 2) expect((refused as Error).message).not.toContain(password.trim());
  });

  it('takes a destination for a host that is prepared alone', async () => {
    expect(await read('secret', { migrationPeer: ['beta.lab'] }, 1)).toMatchObject({ peers: ['beta.lab'] });
  });
});

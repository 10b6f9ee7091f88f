import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  runImportAuthority,
  type ImportAuthorityRequest,
} from '../../../electron/cli/commands/pki/import-ca.ts';
import { AuthorityStore } from '../../../electron/pki/authority-store.ts';
import { encryptedKeyPem } from '../../../electron/pki/encrypted-key.ts';
import { makeKeyPair } from '../../../electron/pki/key-kinds.ts';
import { authorityValidity } from '../../../electron/pki/lifetimes.ts';
import { Passphrase } from '../../../electron/pki/passphrase.ts';
import { signAuthority } from '../../../electron/pki/sign.ts';
import { unlockAuthority } from '../../../electron/pki/unlocked-authority.ts';
import { temporaryFolder } from '../pki/tools.ts';

const folder = temporaryFolder();
const path = (name: string): string => join(folder, name);
let out = '';
let count = 0;

beforeEach(async () => {
  out = '';
  count += 1;
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((out += String(text))));
  const keys = await makeKeyPair('p256');
  const put = (name: string, text: string) => writeFileSync(path(name), text, { mode: 0o600 });
  put('ca.pem', await signAuthority('Company CA', keys, authorityValidity(new Date())));
  put('ca.key', await encryptedKeyPem(keys.privateKey, new Passphrase('theirs')));
  put('theirs', 'theirs\n');
  put('ours', 'ours\n');
});
afterEach(() => vi.restoreAllMocks());

const home = (): string => path(`home-${count}`);
const take = (more: Partial<ImportAuthorityRequest>): Promise<number> =>
  runImportAuthority(home(), {
    name: 'Company',
    certificate: path('ca.pem'),
    key: undefined,
    keyPassphraseFile: undefined,
    passphraseFile: undefined,
    json: false,
    ...more,
  });

it('takes an authority over with its key, which is encrypted anew', async () => {
  const files = { key: path('ca.key'), keyPassphraseFile: path('theirs'), passphraseFile: path('ours') };
  expect(await take(files)).toBe(0);
  expect(out).toContain('encrypted anew');
  const authority = await new AuthorityStore(home()).open('Company');
  (await unlockAuthority(authority, new Passphrase('ours'))).lock();
});

it('takes one over whose key is elsewhere', async () => {
  expect(await take({})).toBe(0);
  expect(out).toContain('viaduct pki request');
});

it.each<[string, Partial<ImportAuthorityRequest>, string]>([
  ['a passphrase for no key', { passphraseFile: path('ours') }, 'bad-import'],
  ['a key without a passphrase for it here', { key: path('ca.key') }, 'bad-import'],
  ['a key that is not opened', { key: path('ca.key'), passphraseFile: path('ours') }, 'passphrase-needed'],
  ['no certificate', { certificate: path('nowhere') }, 'input-file-unreadable'],
  ['a folder', { certificate: folder }, 'input-file-unreadable'],
  ['a file without end', { certificate: '/dev/zero' }, 'input-file-unreadable'],
  ['what is no certificate', { certificate: path('ours') }, 'certificate-missing'],
])('refuses %s', async (_what, files, code) => {
  await expect(take(files)).rejects.toMatchObject({ code });
});

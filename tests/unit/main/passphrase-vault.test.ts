import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { desktopVault } from '../../../electron/main/passphrase-vault.ts';
import { safeStorage } from '../../e2e/standin/electron.ts';
import { passphrase, secret } from '../pki/authorities.ts';

vi.mock('electron', () => import('../../e2e/standin/electron.ts'));

let home: string;
let file: string;
const original = { ...safeStorage };

/** A key store that turns every byte over, and marks it as Chromium does. */
function keyStore(backend: string, mark = 'v11'): void {
  const turned = (bytes: Buffer) => Buffer.from(bytes.map((byte) => byte ^ 0xff));
  Object.assign(safeStorage, {
    getSelectedStorageBackend: () => backend,
    encryptStringAsync: (text: string) =>
      Promise.resolve(Buffer.concat([Buffer.from(mark), turned(Buffer.from(text))])),
    decryptStringAsync: (encrypted: Buffer) =>
      Promise.resolve({ shouldReEncrypt: false, result: turned(encrypted.subarray(3)).toString() }),
  });
}

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'viaduct-vault-'));
  file = join(home, 'pki', 'passphrases.json');
});

afterEach(() => {
  Object.assign(safeStorage, original);
  rmSync(home, { recursive: true });
});

describe('the desktop key store', () => {
  it.each([
    ['linux', 'gnome_libsecret', 'the GNOME keyring'],
    ['linux', 'kwallet', 'KWallet'],
    ['linux', 'kwallet5', 'KWallet'],
    ['linux', 'kwallet6', 'KWallet'],
    ['darwin', 'unknown', 'the macOS Keychain'],
    ['win32', 'unknown', 'Windows (DPAPI)'],
  ] as const)('protects on %s with %s, and says that it is %s', (platform, backend, words) => {
    keyStore(backend);
    const { protects, sentence } = desktopVault(home, platform);
    expect(protects).toBe(true);
    expect(sentence).toContain(words);
  });

  it.each([
    ['linux', 'basic_text'],
    ['linux', 'unknown'],
    ['linux', 'constructor'],
    ['freebsd', 'gnome_libsecret'],
  ] as const)('does not protect on %s with %s, and remembers nothing', async (platform, backend) => {
    keyStore(backend);
    const vault = desktopVault(home, platform);
    expect(vault.protects).toBe(false);
    await expect(vault.put('Lab CA', passphrase)).rejects.toMatchObject({ code: 'key-store-none' });
    expect(await vault.names()).toEqual(new Set());
    expect(() => statSync(file)).toThrow();
  });

  it('remembers beyond this run, encrypted, for the owner alone', async () => {
    keyStore('gnome_libsecret');
    await desktopVault(home, 'linux').put('Lab CA', passphrase);
    const vault = desktopVault(home, 'linux');
    expect(await vault.names()).toEqual(new Set(['Lab CA']));
    expect((await vault.get('Lab CA'))?.reveal()).toBe(secret);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain(secret);
    expect(text).not.toContain(Buffer.from(secret).toString('base64'));
  });

  it('forgets one, and keeps the others', async () => {
    keyStore('kwallet6');
    const vault = desktopVault(home, 'linux');
    await Promise.all([vault.put('Lab CA', passphrase), vault.put('Other CA', passphrase)]);
    await vault.remove('Lab CA');
    await vault.remove('Never there');
    expect(await vault.get('Lab CA')).toBeUndefined();
    expect(await vault.names()).toEqual(new Set(['Other CA']));
  });

  it('stores nothing that Chromium encrypted with the key that everybody has', async () => {
    keyStore('gnome_libsecret', 'v10');
    await expect(desktopVault(home, 'linux').put('Lab CA', passphrase)).rejects.toMatchObject({
      code: 'key-store-none',
    });
    expect(() => statSync(file)).toThrow();
  });

  it('takes that mark for what it is on macOS: the Keychain', async () => {
    keyStore('unknown', 'v10');
    await desktopVault(home, 'darwin').put('Lab CA', passphrase);
    expect((await desktopVault(home, 'darwin').get('Lab CA'))?.reveal()).toBe(secret);
  });

  it('says what to do when the key store does not open', async () => {
    keyStore('gnome_libsecret');
    const vault = desktopVault(home, 'linux');
    await vault.put('Lab CA', passphrase);
    Object.assign(safeStorage, original, { getSelectedStorageBackend: () => 'gnome_libsecret' });
    await expect(vault.get('Lab CA')).rejects.toMatchObject({ code: 'key-store-unreadable' });
    await expect(vault.put('Other CA', passphrase)).rejects.toMatchObject({ code: 'key-store-none' });
  });

  it('leaves a file alone that it does not understand, and says so when it is used', async () => {
    keyStore('gnome_libsecret');
    mkdirSync(join(home, 'pki'));
    writeFileSync(file, '{"version":2}');
    const vault = desktopVault(home, 'linux');
    expect(await vault.names()).toEqual(new Set());
    await expect(vault.get('Lab CA')).rejects.toMatchObject({ code: 'key-store-unreadable' });
    await expect(vault.put('Lab CA', passphrase)).rejects.toMatchObject({ code: 'key-store-unreadable' });
    expect(readFileSync(file, 'utf8')).toBe('{"version":2}');
  });
});

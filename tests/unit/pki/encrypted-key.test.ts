import fc from 'fast-check';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  encryptedKeyPem,
  kdfIterations,
  openPrivateKey,
  plainKeyPem,
} from '../../../electron/pki/encrypted-key.ts';
import { keyKinds, makeKeyPair } from '../../../electron/pki/key-kinds.ts';
import { Passphrase } from '../../../electron/pki/passphrase.ts';
import { mustRun, run, temporaryFolder } from './tools.ts';

const folder = temporaryFolder();

/** The public key that a program finds in a private one, opened with a passphrase. */
function publicKeysOf(pem: string, secret: string): string[] {
  const file = join(folder, 'passphrase');
  writeFileSync(file, secret);
  const keyFile = join(folder, 'key.pem');
  writeFileSync(keyFile, pem);
  const found = mustRun('certtool', ['--pubkey-info', '--load-privkey', keyFile, '--password', secret]);
  return [
    mustRun('openssl', ['pkey', '-passin', `file:${file}`, '-pubout'], pem),
    found.slice(found.indexOf('-----BEGIN')),
  ];
}

describe('an encrypted key', () => {
  it.each(keyKinds)('of the kind %s is read by openssl, certtool and Node', async (kind) => {
    const secret = 'correct horse';
    const { privateKey, publicKey } = await makeKeyPair(kind);
    const pem = await encryptedKeyPem(privateKey, new Passphrase(secret));
    const expected = publicKey.export({ type: 'spki', format: 'pem' });
    expect(publicKeysOf(pem, secret)).toEqual([expected, expected]);
    expect(createPrivateKey({ key: pem, passphrase: secret }).equals(privateKey)).toBe(true);
  });

  it('is encrypted as it is said to be', async () => {
    const pem = await encryptedKeyPem((await makeKeyPair('p256')).privateKey, new Passphrase('x'));
    const fields = mustRun('openssl', ['asn1parse'], pem).replace(/.*prim: | +/g, '');
    const order = [
      'OBJECT:PBES2',
      'OBJECT:PBKDF2',
      'INTEGER:0927C0',
      'OBJECT:hmacWithSHA256',
      'NULL',
      'OBJECT:aes-256-cbc',
    ];
    expect(fields.split('\n').filter((field) => /^(OBJECT|INTEGER|NULL)/.test(field))).toEqual(order);
    expect(kdfIterations).toBe(0x0927c0);
    expect(pem).toMatch(
      /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n([A-Za-z0-9+/=]{1,64}\n)+-----END ENCRYPTED PRIVATE KEY-----\n$/,
    );
  });

  it('opens with its own passphrase only, whatever that is', async () => {
    const { privateKey } = await makeKeyPair('p256');
    const text = fc
      .string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
      .filter((value) => !/[\r\n\0]/.test(value));
    await fc.assert(
      fc.asyncProperty(text, text, async (secret, other) => {
        const pem = await encryptedKeyPem(privateKey, new Passphrase(secret));
        expect(openPrivateKey(pem, new Passphrase(secret), 'Lab').equals(privateKey)).toBe(true);
        const file = join(folder, 'any');
        writeFileSync(file, secret);
        expect(run('openssl', ['pkey', '-noout', '-passin', `file:${file}`], pem).accepted).toBe(true);
        fc.pre(secret !== other);
        expect(() => openPrivateKey(pem, new Passphrase(other), 'Lab')).toThrow(
          expect.objectContaining({ code: 'key-not-opened' }),
        );
      }),
      { numRuns: 5 },
    );
  });

  it('that is damaged is refused', async () => {
    const { privateKey } = await makeKeyPair('p256');
    const pem = await encryptedKeyPem(privateKey, new Passphrase('x'));
    for (const text of [pem.slice(0, 200), pem.replace(/\n[^-].{8}/, '\nAAAAAAAAA')]) {
      expect(() => openPrivateKey(text, new Passphrase('x'), 'Lab')).toThrow(
        expect.objectContaining({ code: 'key-not-opened' }),
      );
    }
  });
});

describe('a key to be imported', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const encrypted = { cipher: 'aes-256-cbc', passphrase: 'old' };
  it.each<[string, string, Passphrase | undefined]>([
    ['plain PKCS#8', plainKeyPem(privateKey), undefined],
    ['plain PKCS#1', privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(), undefined],
    [
      'PKCS#8 that OpenSSL encrypted',
      privateKey.export({ type: 'pkcs8', format: 'pem', ...encrypted }).toString(),
      new Passphrase('old'),
    ],
    [
      'PKCS#1 in the old encryption',
      privateKey.export({ type: 'pkcs1', format: 'pem', ...encrypted }).toString(),
      new Passphrase('old'),
    ],
  ])('may be %s', (_form, pem, passphrase) => {
    expect(openPrivateKey(pem, passphrase, 'Lab').equals(privateKey)).toBe(true);
  });

  it('needs its passphrase', () => {
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem', ...encrypted }).toString();
    expect(() => openPrivateKey(pem, undefined, 'Lab')).toThrow(
      expect.objectContaining({ code: 'passphrase-needed' }),
    );
    expect(() => openPrivateKey('hello', undefined, 'Lab')).toThrow(
      expect.objectContaining({ code: 'key-not-opened' }),
    );
  });
});

describe('a passphrase', () => {
  it.each([
    ['empty', ''],
    ['two lines', 'two\nlines'],
    ['cut short by a zero byte', 'a\0b'],
    ['longer than 1024 letters', 'x'.repeat(1025)],
    ['longer than 1024 bytes', 'ä'.repeat(513)],
  ])('is not %s', (_what, text) => {
    expect(() => new Passphrase(text)).toThrow(expect.objectContaining({ code: 'bad-passphrase' }));
  });
});

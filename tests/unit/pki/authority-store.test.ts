import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AuthorityStore } from '../../../electron/pki/authority-store.ts';
import { authorityFiles } from '../../../electron/pki/authority.ts';
import { openPrivateKey, plainKeyPem } from '../../../electron/pki/encrypted-key.ts';
import { issueCertificate } from '../../../electron/pki/issue.ts';
import { keyKinds, makeKeyPair } from '../../../electron/pki/key-kinds.ts';
import { emptyLedger } from '../../../electron/pki/ledger.ts';
import { authorityValidity } from '../../../electron/pki/lifetimes.ts';
import { Passphrase } from '../../../electron/pki/passphrase.ts';
import { publishRevocationList, revokeCertificates } from '../../../electron/pki/revoke.ts';
import { signAuthority } from '../../../electron/pki/sign.ts';
import { revocationBundle, trustBundle } from '../../../electron/pki/trust-bundle.ts';
import { unlockAuthority } from '../../../electron/pki/unlocked-authority.ts';
import { issueNew, makeStand, orderFor, passphrase, secret } from './authorities.ts';
import { mustRun, temporaryFolder, verdict } from './tools.ts';

const folder = temporaryFolder();
const newHome = () => mkdtempSync(join(folder, 'home-'));

describe('an authority', () => {
  it.each(keyKinds)('of the kind %s is what openssl and certtool take for one', async (kind) => {
    const { authority } = await makeStand(folder, { key: kind });
    const { pem } = authority.certificate;
    const text = mustRun('openssl', ['x509', '-noout', '-text'], pem);
    expect(text).toMatch(/Basic Constraints: critical\n +CA:TRUE, pathlen:0\n/);
    expect(text).toMatch(/Key Usage: critical\n +Certificate Sign, CRL Sign\n/);
    const file = join(authority.folder, authorityFiles.certificate);
    expect(mustRun('openssl', ['verify', '-x509_strict', '-check_ss_sig', '-CAfile', file, file])).toContain(
      'OK',
    );
    expect(mustRun('certtool', ['--verify-chain'], pem)).toContain('Chain verification output: Verified.');
  });

  it('is readable by its owner alone, from the first instant', async () => {
    const { home, authority } = await makeStand(folder);
    expect(statSync(join(home, 'pki')).mode & 0o777).toBe(0o700);
    expect(statSync(authority.folder).mode & 0o777).toBe(0o700);
    const files = readdirSync(authority.folder);
    expect(files.sort()).toEqual(['authority.json', 'ca-cert.pem', 'ca-key.pem', 'ledger.ndjson']);
    for (const file of files) expect(statSync(join(authority.folder, file)).mode & 0o777).toBe(0o600);
  });

  it('is not made twice, and the first one stays', async () => {
    const { store, authority } = await makeStand(folder);
    const again = store.create({ name: 'Lab CA', key: 'p256', passphrase });
    await expect(again).rejects.toMatchObject({ code: 'authority-exists' });
    const both = [1, 2].map(() => store.create({ name: 'Race', key: 'p256', passphrase }));
    const results = await Promise.allSettled(both);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(readdirSync(join(authority.folder, '..')).sort()).toEqual(['Lab CA', 'Race']);
  });

  it.each(['../x', 'a/b', '.x'])('is not called %j', async (name) => {
    const store = new AuthorityStore(newHome());
    await expect(async () => store.create({ name, key: 'p256', passphrase })).rejects.toMatchObject({
      code: 'bad-authority-name',
    });
  });

  it('that was cut off while it was made is not there', async () => {
    const { home, store } = await makeStand(folder);
    mkdirSync(join(home, 'pki', '.new-abc'));
    expect(await store.names()).toEqual(['Lab CA']);
  });

  it.each([
    ['authority.json', '{"version":1}', 'authority-damaged'],
    ['authority.json', '{"version":2}', 'authority-newer'],
    ['authority.json', 'x', 'authority-damaged'],
    ['ca-cert.pem', 'x', 'authority-damaged'],
  ])('with %s of %j is told of', async (file, content, code) => {
    const { store, authority } = await makeStand(folder);
    writeFileSync(join(authority.folder, file), content);
    await expect(store.open('Lab CA')).rejects.toMatchObject({ code });
  });
});

describe('unlocking', () => {
  it('takes the right passphrase and no other', async () => {
    const { authority } = await makeStand(folder);
    for (const wrong of ['x', `${secret} `, secret.slice(1), secret.toUpperCase()]) {
      await expect(unlockAuthority(authority, new Passphrase(wrong))).rejects.toMatchObject({
        code: 'key-not-opened',
      });
    }
    expect((await unlockAuthority(authority, passphrase)).isLocked).toBe(false);
  });

  it('lasts until its time is over, or until it is ended', async () => {
    let now = new Date('2026-06-01T12:00:00Z');
    const { authority } = await makeStand(folder, { clock: () => now });
    const clock = () => now;
    const unlocked = await unlockAuthority(authority, passphrase, { clock, minutes: 10 });
    const ended = await unlockAuthority(authority, passphrase, { clock, minutes: 100_000 });
    expect(unlocked.expiresAt).toEqual(new Date('2026-06-01T12:10:00Z'));
    expect(ended.expiresAt).toEqual(new Date('2026-06-01T20:00:00Z'));
    now = new Date('2026-06-01T12:09:59Z');
    await issueNew(unlocked);
    now = new Date('2026-06-01T12:10:00Z');
    await expect(issueNew(unlocked)).rejects.toMatchObject({ code: 'authority-locked' });
    now = new Date('2026-06-01T12:00:00Z');
    await expect(publishRevocationList(unlocked)).rejects.toMatchObject({ code: 'authority-locked' });
    ended.lock();
    await expect(issueNew(ended)).rejects.toMatchObject({ code: 'authority-locked' });
  });

  it('notices a key file that is of another authority, or altered', async () => {
    const [one, other] = [await makeStand(folder), await makeStand(folder, { key: 'rsa3072' })];
    const path = join(one.authority.folder, authorityFiles.key);
    const whole = readFileSync(path, 'utf8');
    writeFileSync(path, readFileSync(join(other.authority.folder, authorityFiles.key)));
    await expect(unlockAuthority(one.authority, passphrase)).rejects.toMatchObject({
      code: 'key-of-another',
    });
    const der = Buffer.from(whole.replace(/-----.*-----|\n/g, ''), 'base64');
    const at = der.length - 120;
    der.writeUInt8(der.readUInt8(at) ^ 1, at);
    writeFileSync(
      path,
      `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${der.toString('base64')}\n-----END ENCRYPTED PRIVATE KEY-----\n`,
    );
    await expect(unlockAuthority(one.authority, passphrase)).rejects.toMatchObject({
      code: expect.stringMatching(/^key-(of-another|not-opened)$/) as string,
    });
    rmSync(path);
    await expect(unlockAuthority(one.authority, passphrase)).rejects.toMatchObject({ code: 'key-elsewhere' });
  });
});

describe('importing an authority', () => {
  it.each(keyKinds)('takes a %s key, encrypted or not, and encrypts it anew', async (kind) => {
    const keys = await makeKeyPair(kind);
    const certificate = await signAuthority('Old CA', keys, authorityValidity(new Date()));
    const encrypted = keys.privateKey.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-128-cbc',
      passphrase: 'old',
    });
    const openedWith = new Passphrase('old');
    for (const key of [{ pem: plainKeyPem(keys.privateKey) }, { pem: encrypted.toString(), openedWith }]) {
      const store = new AuthorityStore(newHome());
      const authority = await store.import({ name: 'Imported', certificate, key: { ...key, passphrase } });
      expect(openPrivateKey(await authority.keyFile(), passphrase, 'x').equals(keys.privateKey)).toBe(true);
      const unlocked = await unlockAuthority(authority, passphrase);
      const crl = await publishRevocationList(unlocked);
      const { pem } = await issueNew(unlocked);
      expect(verdict(folder, { ca: certificate, cert: pem, crl, purpose: 'server' })).toBe(
        'accepted / accepted',
      );
    }
  });

  it('takes one that openssl or certtool made, whatever its subject', async () => {
    const keyFile = join(folder, 'import-key.pem');
    const template = join(folder, 'template');
    writeFileSync(keyFile, plainKeyPem(generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey));
    writeFileSync(
      template,
      'organization = "Acme, Inc."\ncn = "zażółć CA"\nca\ncert_signing_key\ncrl_signing_key\n',
    );
    for (const certificate of [
      mustRun('openssl', [
        ...['req', '-x509', '-new', '-key', keyFile, '-utf8', '-days', '99'],
        ...['-subj', '/C=GB/O=Acme+OU=IT/CN=Ś CA', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
      ]),
      mustRun('certtool', ['--generate-self-signed', '--load-privkey', keyFile, '--template', template]),
    ]) {
      const store = new AuthorityStore(newHome());
      const key = { pem: readFileSync(keyFile, 'utf8'), passphrase };
      const unlocked = await unlockAuthority(
        await store.import({ name: 'Imported', certificate, key }),
        passphrase,
      );
      const crl = await publishRevocationList(unlocked);
      const { pem } = await issueNew(unlocked);
      expect(verdict(folder, { ca: certificate, cert: pem, crl, purpose: 'client' })).toBe(
        'accepted / accepted',
      );
    }
  });

  it('refuses what is not an authority with its key', async () => {
    const store = new AuthorityStore(newHome());
    const { authority, unlocked } = await makeStand(folder);
    const { pem: leaf } = await issueNew(unlocked);
    const key = { pem: plainKeyPem((await makeKeyPair('p256')).privateKey), passphrase };
    const ca = authority.certificate.pem;
    const codeOf = async (certificate: string) => {
      const error: unknown = await store
        .import({ name: 'x', certificate, key })
        .catch((thrown: unknown) => thrown);
      return (error as { code: string }).code;
    };
    expect(await codeOf(ca)).toBe('key-of-another');
    expect(await codeOf(leaf)).toBe('authority-unsuitable');
    expect(await codeOf(ca + ca)).toBe('authority-unsuitable');
    expect(await codeOf('x')).toBe('certificate-missing');
    expect(await store.names()).toEqual([]);
  });
});

describe('replacing an authority', () => {
  it('overlaps: certificates of both are accepted until the old one is retired', async () => {
    const { store, authority: old, unlocked: oldUnlocked } = await makeStand(folder);
    const fresh = await store.replace('Lab CA', { key: 'p384', passphrase });
    expect(fresh.name).toBe('Lab CA 2');
    const unlocked = await unlockAuthority(fresh, passphrase);
    const [{ pem: before, entry }, { pem: after }] = [await issueNew(oldUnlocked), await issueNew(unlocked)];
    await Promise.all([publishRevocationList(oldUnlocked), publishRevocationList(unlocked)]);
    const ca = await trustBundle(store, fresh, new Date());
    const ofOld = await trustBundle(store, await store.open('Lab CA'), new Date());
    expect(ofOld.match(/BEGIN/g), 'whichever of them is used').toHaveLength(2);
    const crl = (await revocationBundle(store, fresh, new Date())) ?? '';
    for (const cert of [before, after]) {
      expect(verdict(folder, { ca, cert, crl, purpose: 'server', name: 'beta.lab' })).toBe(
        'accepted / accepted',
      );
    }
    await revokeCertificates(oldUnlocked, [entry.serial], 'superseded');
    const newer = (await revocationBundle(store, fresh, new Date())) ?? '';
    expect(verdict(folder, { ca, cert: before, crl: newer, purpose: 'server' })).toMatch(
      /^certificate revoked/,
    );

    const alone = await trustBundle(store, await store.retire('Lab CA 2', 'Lab CA'), new Date());
    expect(alone).toBe(fresh.certificate.pem);
    expect(verdict(folder, { ca: alone, cert: after, crl, purpose: 'server' })).toBe('accepted / accepted');
    expect(verdict(folder, { ca: alone, cert: before, crl, purpose: 'server' })).toMatch(
      /^unable to get local issuer/,
    );
    expect(old.certificate.subject).not.toBe(fresh.certificate.subject);
  });

  it('is done once for each, in a row', async () => {
    const { store } = await makeStand(folder);
    await store.replace('Lab CA', { key: 'p256', passphrase });
    await expect(store.replace('Lab CA', { key: 'p256', passphrase, name: 'Other' })).rejects.toMatchObject({
      code: 'authority-replaced',
    });
    const third = await store.replace('Lab CA 2', { key: 'p256', passphrase });
    expect(third.name).toBe('Lab CA 3');
    expect(third.record.overlaps).toEqual(['Lab CA 2', 'Lab CA']);
  });

  it('leaves an authority that has expired out of what hosts trust', async () => {
    let now = new Date('2026-06-01T12:00:00Z');
    const { store } = await makeStand(folder, { days: 30, clock: () => now });
    const fresh = await store.replace('Lab CA', { key: 'p256', passphrase });
    const count = async () => (await trustBundle(store, fresh, now)).match(/BEGIN/g)?.length;
    expect(await count()).toBe(2);
    now = new Date('2026-07-02T12:00:00Z');
    expect(await count()).toBe(1);
    expect(await revocationBundle(store, fresh, now)).toBeUndefined();
  });
});

it('writes a ledger that begins with its version', () => {
  expect(JSON.parse(emptyLedger)).toEqual({ format: 'viaduct-pki-ledger', version: 1 });
});

it('keeps a certificate in the ledger before it is handed out', async () => {
  const { authority, unlocked } = await makeStand(folder);
  rmSync(join(authority.folder, authorityFiles.ledger));
  const order = issueCertificate(unlocked, orderFor(), (await makeKeyPair('p256')).publicKey);
  await expect(order).rejects.toMatchObject({ code: 'ledger-unreadable' });
});

import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseCertificates } from '../../../electron/pki/certificate.ts';
import { issueCertificate, renewCertificate } from '../../../electron/pki/issue.ts';
import { allowListName } from '../../../electron/pki/distinguished-name.ts';
import { issueOnce, oneTimeNames } from '../../../electron/pki/issue-once.ts';
import { issuedCertificates } from '../../../electron/pki/ledger-view.ts';
import { keyKinds, makeKeyPair, type KeyKind } from '../../../electron/pki/key-kinds.ts';
import { dayMs } from '../../../electron/pki/lifetimes.ts';
import { certificateNames } from '../../../electron/pki/names.ts';
import { commonNameOnly, subjectKeyIdentifier } from '../../../electron/pki/profiles.ts';
import { publishRevocationList, revokeCertificates } from '../../../electron/pki/revoke.ts';
import { signLeaf } from '../../../electron/pki/sign.ts';
import { inspectCredentials } from '../../../electron/pki/verify.ts';
import { unlockAuthority } from '../../../electron/pki/unlocked-authority.ts';
import { hostNames, issueNew, makeStand, orderFor, passphrase, type Stand } from './authorities.ts';
import { mustRun, temporaryFolder, verdict, type Question } from './tools.ts';

const folder = temporaryFolder();
const stands = new Map<KeyKind, Stand>();
const lists = new Map<KeyKind, string>();

beforeAll(async () => {
  for (const kind of keyKinds) {
    const stand = await makeStand(folder, { key: kind, name: `Lab ${kind}` });
    stands.set(kind, stand);
    lists.set(kind, await publishRevocationList(stand.unlocked));
  }
});

function standOf(kind: KeyKind): Stand & { list: string } {
  const stand = stands.get(kind);
  const list = lists.get(kind);
  if (stand === undefined || list === undefined) throw new Error(`There is no authority of ${kind}.`);
  return { ...stand, list };
}

function said(question: Question): string {
  return verdict(folder, question);
}

const both = 'accepted / accepted';

async function freshStand(name: string): Promise<Stand & { list: string }> {
  const stand = await makeStand(folder, { key: 'rsa3072', name });
  return { ...stand, list: await publishRevocationList(stand.unlocked) };
}
const pairs = keyKinds.flatMap((authority) => keyKinds.map((leaf): [KeyKind, KeyKind] => [authority, leaf]));

describe('a certificate for one login', () => {
  it('is a client’s for minutes, named for what it is, and in the ledger before it is handed over', async () => {
    const { authority, unlocked, list } = await freshStand('Once');
    const { publicKey } = await makeKeyPair('rsa3072');
    const { pem, entry } = await issueOnce(
      unlocked,
      { host: 'alpha.lab', destination: 'beta.lab' },
      publicKey,
    );
    const question = { ca: authority.certificate.pem, cert: pem, crl: list, name: entry.commonName };
    expect(said({ ...question, purpose: 'client' })).toBe(both);
    expect(said({ ...question, purpose: 'server' })).not.toContain('accepted');
    expect(allowListName(pem)).toBe('CN=viaduct-once.alpha.lab');
    expect(entry.notAfter.getTime() - entry.at.getTime()).toBeLessThanOrEqual(15 * 60_000);
    const entries = await authority.ledger.read();
    expect(entries.at(-1)).toEqual(entry);
    expect(issuedCertificates(entries, new Date()), 'nothing that anybody has to renew').toEqual([]);
  });

  it.each([
    ['alpha.lab', 'viaduct-once.alpha.lab'],
    ['Alpha', 'viaduct-once.alpha'],
    ['2001:db8::1', 'viaduct-once.2001-db8--1'],
    [`${'a'.repeat(30)}.${'b'.repeat(40)}.lab`, `viaduct-once.${'a'.repeat(30)}`],
    [`${'a'.repeat(63)}.lab`, `viaduct-once.${'a'.repeat(40)}`],
  ])('calls %s %s', (host, name) => {
    expect(oneTimeNames(host)).toEqual({ dnsNames: [name], ipAddresses: [] });
  });
});

describe('a certificate', () => {
  it.each(pairs)(
    'of a %s authority for a %s key is accepted in both parts, by every name',
    async (ca, leaf) => {
      const { authority, unlocked, list } = standOf(ca);
      const { pem } = await issueNew(unlocked, {}, leaf);
      for (const purpose of ['server', 'client'] as const) {
        for (const name of [...hostNames.dnsNames, ...hostNames.ipAddresses]) {
          const question = { ca: authority.certificate.pem, cert: pem, crl: list, purpose, name };
          expect(said(question), `${purpose} ${name}`).toBe(both);
        }
        const names = [...hostNames.dnsNames, ...hostNames.ipAddresses];
        const input = { ca: authority.certificate.pem, cert: pem, purpose, names, now: new Date() };
        expect(inspectCredentials({ ...input, demandsKeyEncipherment: leaf === 'rsa3072' }).problems).toEqual(
          [],
        );
      }
    },
    60_000,
  );

  it('holds the profile and nothing else', async () => {
    const { unlocked } = standOf('rsa3072');
    const { pem } = await issueNew(unlocked, { purposes: ['server'] }, 'rsa3072');
    const text = mustRun('openssl', ['x509', '-noout', '-ext', allExtensions], pem).replace(/ +\n/g, '\n');
    expect(text).toContain('Basic Constraints: critical\n    CA:FALSE\n');
    expect(text).toContain('X509v3 Key Usage: critical\n    Digital Signature, Key Encipherment\n');
    expect(text).toContain('Extended Key Usage: critical\n    TLS Web Server Authentication\n');
    expect(text).toContain('DNS:beta.lab, DNS:beta, IP Address:10.0.0.6, IP Address:2001:DB8:0:0:0:0:0:6\n');
    expect(text.match(/X509v3/g)).toHaveLength(6);
    expect(mustRun('openssl', ['x509', '-noout', '-subject', '-nameopt', 'RFC2253'], pem)).toBe(
      'subject=CN=beta.lab\n',
    );
  });

  it('of an elliptic key is not said to encipher keys, in a form that QEMU takes', async () => {
    const { pem } = await issueNew(standOf('p256').unlocked);
    expect(parseCertificates(pem)[0]?.keyUsage).toMatchObject({
      critical: false,
      digitalSignature: true,
      keyEncipherment: false,
    });
  });

  it('is valid from an hour ago, for two years, to the second', async () => {
    const now = new Date('2026-06-01T12:00:00.750Z');
    const { unlocked } = await makeStand(folder, { clock: () => now });
    expect((await issueNew(unlocked)).entry).toMatchObject({
      notBefore: new Date('2026-06-01T11:00:00Z'),
      notAfter: new Date('2028-05-31T12:00:00Z'),
    });
  });

  it('never outlives its authority', async () => {
    const { authority, unlocked } = await makeStand(folder, { days: 10 });
    expect((await issueNew(unlocked)).entry.notAfter).toEqual(authority.certificate.notAfter);
  });

  it('has a serial number of 128 random bits that no other has', async () => {
    const { unlocked } = standOf('p256');
    const issued = await Promise.all(Array.from({ length: 20 }, () => issueNew(unlocked)));
    const serials = issued.map(({ entry }) => entry.serial);
    expect(new Set(serials).size).toBe(20);
    for (const { pem, entry } of issued) {
      expect(entry.serial).toMatch(/^01[0-9a-f]{32}$/);
      expect(new X509Certificate(pem).serialNumber.toLowerCase()).toBe(entry.serial);
    }
  });

  it('has every name it was ordered with, whichever they are', async () => {
    const { authority, unlocked, list } = standOf('p256');
    const { publicKey } = await makeKeyPair('p256');
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
    const dnsName = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => `h${labels.join('.')}`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(dnsName, fc.ipV4(), fc.ipV6()), { minLength: 1, maxLength: 6 }),
        async (given) => {
          const names = certificateNames(given);
          fc.pre(names.ipAddresses.length > 0 || names.dnsNames.some((name) => name.length <= 64));
          const { pem } = await issueCertificate(unlocked, orderFor({ names }), publicKey);
          for (const name of [...names.dnsNames, ...names.ipAddresses]) {
            const question = { ca: authority.certificate.pem, cert: pem, crl: list, name } as const;
            expect(said({ ...question, purpose: 'server' }), name).toBe(both);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('may come from an authority that is valid until after 2050', async () => {
    const { authority, unlocked } = await makeStand(folder, { days: 10_950 });
    const crl = await publishRevocationList(unlocked);
    const { pem } = await issueNew(unlocked);
    expect(authority.certificate.notAfter.getUTCFullYear()).toBeGreaterThan(2050);
    expect(said({ ca: authority.certificate.pem, cert: pem, crl, purpose: 'server' })).toBe(both);
  });
});

const allExtensions =
  'basicConstraints,keyUsage,extendedKeyUsage,subjectAltName,subjectKeyIdentifier,authorityKeyIdentifier';

describe('both programs refuse a certificate', () => {
  it.each(keyKinds)('of another authority (%s)', async (kind) => {
    const { unlocked, list } = standOf(kind);
    const namesake = await makeStand(folder, { key: kind, name: `Lab ${kind}` });
    const { pem } = await issueNew(unlocked);
    const ca = namesake.authority.certificate.pem;
    expect(said({ ca, cert: pem, crl: list, purpose: 'server' })).toBe(
      'unable to get local issuer certificate / The certificate issuer is unknown.',
    );
  });

  it.each(keyKinds)('that is revoked (%s)', async (kind) => {
    const { authority, unlocked } = standOf(kind);
    const [revoked, other] = await Promise.all([issueNew(unlocked), issueNew(unlocked)]);
    const crl = await revokeCertificates(unlocked, [revoked.entry.serial], 'keyCompromise');
    const question = { ca: authority.certificate.pem, crl, purpose: 'client' } as const;
    expect(said({ ...question, cert: revoked.pem })).toBe(
      'certificate revoked / The certificate chain is revoked.',
    );
    expect(said({ ...question, cert: other.pem })).toBe(both);
  });

  it('that has expired', async () => {
    const question = await issuedAt(new Date(Date.now() - 3 * dayMs));
    expect(said(question)).toBe('certificate has expired / The certificate chain uses expired certificate.');
  });

  it('that is not valid yet', async () => {
    const question = await issuedAt(new Date(Date.now() + 2 * 3_600_000));
    expect(said(question)).toBe(
      'certificate is not yet valid / The certificate chain uses not yet valid certificate.',
    );
  });

  it.each(['gamma.lab', 'beta.lab.evil', '10.0.0.7', '2001:db8::7'])(
    'for the wrong name %s',
    async (name) => {
      const { authority, unlocked, list } = standOf('p256');
      const { pem } = await issueNew(unlocked);
      expect(said({ ca: authority.certificate.pem, cert: pem, crl: list, purpose: 'server', name })).toMatch(
        /^(hostname|IP address) mismatch \/ The name in the certificate does not match the expected\.$/,
      );
    },
  );

  it('for a part that it was not issued for', async () => {
    const { authority, unlocked, list } = standOf('p256');
    for (const [purpose, other] of [
      ['server', 'client'],
      ['client', 'server'],
    ] as const) {
      const { pem } = await issueNew(unlocked, { purposes: [purpose] });
      const question = { ca: authority.certificate.pem, cert: pem, crl: list };
      expect(said({ ...question, purpose })).toBe(both);
      expect(said({ ...question, purpose: other })).toBe(
        'unsuitable certificate purpose / The certificate chain does not match the intended purpose.',
      );
    }
  });

  it('that a host signed with its own certificate', async () => {
    const { unlocked, authority, list } = standOf('p256');
    const keys = await makeKeyPair('p256');
    const { pem: middle } = await issueCertificate(unlocked, orderFor(), keys.publicKey);
    const signingKey = keys.privateKey.toCryptoKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
    const { keyId } = await subjectKeyIdentifier(keys.publicKey);
    const signer = {
      ...authority.certificate,
      subjectName: commonNameOnly('beta.lab'),
      keyIdentifier: keyId,
    };
    const cert = await signLeaf(signer, signingKey, {
      serial: '0102',
      names: certificateNames(['evil.lab']),
      purposes: ['server'],
      validity: { notBefore: new Date(Date.now() - dayMs), notAfter: new Date(Date.now() + dayMs) },
      publicKey: (await makeKeyPair('p256')).publicKey,
    });
    const question = {
      ca: authority.certificate.pem,
      cert: cert + middle,
      crl: list,
      purpose: 'server',
    } as const;
    expect(said(question)).toBe(
      "invalid CA certificate / The certificate chain violates the signer's constraints.",
    );
  });
});

/** A certificate for a day, as if made at that time. */
async function issuedAt(time: Date): Promise<Question> {
  const made = new Date(Math.min(time.getTime(), Date.now()));
  const { authority } = await makeStand(folder, { clock: () => made });
  const unlocked = await unlockAuthority(authority, passphrase, { clock: () => time });
  const { pem } = await issueNew(unlocked, { days: 1 });
  const crl = await publishRevocationList(await unlockAuthority(authority, passphrase));
  return { ca: authority.certificate.pem, cert: pem, crl, purpose: 'server' };
}

describe('issuing is refused', () => {
  it('for the key of the authority itself', async () => {
    const { authority, unlocked } = standOf('p256');
    const order = issueCertificate(unlocked, orderFor(), authority.certificate.publicKey);
    await expect(order).rejects.toMatchObject({ code: 'key-of-authority' });
  });

  it('for the name of the authority itself', async () => {
    const { unlocked } = await makeStand(folder, { name: 'beta.lab' });
    await expect(issueNew(unlocked)).rejects.toMatchObject({ code: 'name-of-authority' });
  });

  it('once the authority has expired', async () => {
    let now = new Date('2026-06-01T12:00:00Z');
    const { unlocked } = await makeStand(folder, { days: 1, clock: () => now });
    now = new Date('2026-06-02T12:00:00Z');
    await expect(issueNew(unlocked)).rejects.toMatchObject({ code: 'authority-expired' });
  });

  it.each([0, 1.5, -1, 1826])('for a life of %s days', async (days) => {
    await expect(issueNew(standOf('p256').unlocked, { days })).rejects.toMatchObject({ code: 'bad-life' });
  });
});

describe('renewal', () => {
  it('gives the same names and purposes to a new key, before and after expiry', async () => {
    let now = new Date('2026-06-01T12:00:00Z');
    const { authority, unlocked } = await makeStand(folder, { clock: () => now });
    const first = await issueNew(unlocked, { days: 1 });
    now = new Date('2026-06-01T12:10:00Z');
    const second = await renewCertificate(
      unlocked,
      first.entry.serial,
      (await makeKeyPair('p384')).publicKey,
      1,
    );
    now = new Date('2026-06-05T12:00:00Z');
    const { pem, entry } = await renewAgain(authority, second.entry.serial, now);
    expect(entry).toMatchObject({
      host: 'beta.lab',
      usedBy: 'qemu',
      purposes: ['server', 'client'],
      ...hostNames,
      renews: second.entry.serial,
    });
    expect(parseCertificates(pem)[0]?.dnsNames).toEqual(hostNames.dnsNames);
  });

  it('is refused for the old key, and for a certificate that was never issued', async () => {
    const { unlocked } = standOf('p256');
    const { publicKey } = await makeKeyPair('p256');
    const { entry } = await issueCertificate(unlocked, orderFor(), publicKey);
    await expect(renewCertificate(unlocked, entry.serial, publicKey)).rejects.toMatchObject({
      code: 'key-not-new',
    });
    await expect(renewCertificate(unlocked, '0155', publicKey)).rejects.toMatchObject({
      code: 'serial-unknown',
    });
  });
});

async function renewAgain(authority: Stand['authority'], serial: string, now: Date) {
  const unlocked = await unlockAuthority(authority, passphrase, { clock: () => now });
  return renewCertificate(unlocked, serial, (await makeKeyPair('p256')).publicKey);
}

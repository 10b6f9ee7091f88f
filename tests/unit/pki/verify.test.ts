import { beforeAll, describe, expect, it } from 'vitest';
import { inspectCredentials, type CredentialInput } from '../../../electron/pki/verify.ts';
import {
  clientAuth,
  issue,
  issueCa,
  KeyUsageFlags,
  now,
  serverAuth,
  type Issued,
  type Wish,
} from './certificates.ts';

let ca: Issued;
let otherCa: Issued;
let namesake: Issued;

beforeAll(async () => {
  [ca, otherCa, namesake] = await Promise.all([issueCa(), issueCa({ cn: 'Other CA' }), issueCa()]);
});

const good: Wish = {
  ca: false,
  keyUsage: { flags: KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment },
  eku: { usages: [serverAuth] },
  dns: ['beta.lab'],
};

async function problemsOf(wish: Wish, input: Partial<CredentialInput> = {}): Promise<string[]> {
  const leaf = await issue({ issuer: ca, ...wish });
  return inspect({ cert: leaf.pem, ...input });
}

function inspect(input: Partial<CredentialInput>): string[] {
  const report = inspectCredentials({ ca: ca.pem, cert: undefined, purpose: 'server', now, ...input });
  return report.problems.map(({ code, severity }) => `${severity} ${code}`);
}

describe('credentials without a flaw', () => {
  it.each<[string, Wish]>([
    ['a plain server certificate', good],
    ['one without any extension', {}],
    ['one without extended key usage', { ...good, eku: undefined }],
    ['one with both roles', { ...good, eku: { usages: [clientAuth, serverAuth], critical: true } }],
    ['one for any purpose', { ...good, eku: { usages: ['2.5.29.37.0'], critical: true } }],
    ['one of an RSA key', { ...good, key: 'rsa2048' }],
    ['an ECDSA one that only signs', { ...good, keyUsage: { flags: KeyUsageFlags.digitalSignature } }],
  ])('are %s', async (_words, wish) => {
    expect(await problemsOf(wish)).toEqual([]);
  });

  it('may come with several CAs in the CA file', async () => {
    expect(await problemsOf(good, { ca: otherCa.pem + ca.pem })).toEqual([]);
  });

  it('may have words around the certificates', async () => {
    expect(await problemsOf(good, { ca: `subject=CN = Lab CA\n${ca.pem}` })).toEqual([]);
  });
});

describe('a flaw in one certificate', () => {
  const signOnly = { flags: KeyUsageFlags.digitalSignature };
  it.each<[string, Wish, Partial<CredentialInput>, string[]]>([
    ['expired', { ...good, fromDays: -10, toDays: -1 }, {}, ['error expired']],
    ['not valid yet', { ...good, fromDays: 1 }, {}, ['error not-yet-valid']],
    ['29 days from its end', { ...good, toDays: 29 }, {}, ['warning expires-soon']],
    ['31 days from its end', { ...good, toDays: 31 }, {}, []],
    ['a CA', { ...good, ca: true }, {}, ['error leaf-is-ca']],
    [
      'only for encipherment',
      { ...good, keyUsage: { flags: KeyUsageFlags.keyEncipherment } },
      {},
      ['error usage-lacks-signature'],
    ],
    [
      'only for encipherment, not critical',
      { ...good, keyUsage: { flags: KeyUsageFlags.keyEncipherment, critical: false } },
      {},
      ['warning usage-lacks-signature'],
    ],
    [
      'for signing only where libvirt wants more',
      { ...good, keyUsage: signOnly },
      { demandsKeyEncipherment: true },
      ['error usage-lacks-encipherment'],
    ],
    [
      'for clients, critically',
      { ...good, eku: { usages: [clientAuth], critical: true } },
      {},
      ['error purpose-lacks-role'],
    ],
    ['for clients', { ...good, eku: { usages: [clientAuth] } }, {}, ['warning purpose-lacks-role']],
    ['for servers, but used by a client', good, { purpose: 'client' }, ['warning purpose-lacks-role']],
    ['for another name', good, { names: ['alpha.lab'] }, ['error name-mismatch']],
    ['signed with SHA-1', { ...good, hash: 'SHA-1' }, {}, ['error weak-signature']],
    ['of an RSA key with 1024 bits', { ...good, key: 'rsa1024' }, {}, ['error weak-key']],
    [
      'of a short RSA key that peers take',
      { ...good, key: 'rsa1024' },
      { minRsaBits: 1024 },
      ['warning weak-key'],
    ],
    [
      'of an RSA key shorter than a policy wants',
      { ...good, key: 'rsa1024' },
      { minRsaBits: 1776 },
      ['error weak-key'],
    ],
  ])('is seen when it is %s', async (_words, wish, input, problems) => {
    expect(await problemsOf(wish, input)).toEqual(problems);
  });

  it('names the certificate and its dates', async () => {
    const leaf = await issue({ issuer: ca, ...good, fromDays: -10, toDays: -1 });
    const { problems } = inspectCredentials({ ca: ca.pem, cert: leaf.pem, purpose: 'server', now });
    expect(problems[0]?.message).toBe('The certificate of beta.lab expired on 2026-05-31T12:00:00.000Z.');
  });
});

describe('the chain', () => {
  it('is broken when another CA issued the certificate', async () => {
    expect(await problemsOf(good, { ca: otherCa.pem })).toEqual(['error unknown-issuer']);
  });

  it('is broken when a CA of the same name, but with another key, issued it', async () => {
    expect(await problemsOf(good, { ca: namesake.pem })).toEqual(['error unknown-issuer']);
  });

  it('may lead over an intermediate in the leaf file, with a warning', async () => {
    const intermediate = await issueCa({ cn: 'Intermediate', issuer: ca });
    const leaf = await issue({ ...good, issuer: intermediate });
    expect(inspect({ cert: leaf.pem + intermediate.pem })).toEqual(['warning needs-intermediates']);
    expect(inspect({ cert: leaf.pem })).toEqual(['error unknown-issuer']);
    expect(inspect({ cert: leaf.pem, ca: ca.pem + intermediate.pem })).toEqual([]);
  });

  it('may not lead over a certificate that is no CA', async () => {
    const impostor = await issue({ cn: 'Impostor', issuer: ca, ca: false });
    const leaf = await issue({ ...good, issuer: impostor });
    expect(inspect({ cert: leaf.pem + impostor.pem })).toEqual(['error unknown-issuer']);
  });

  it('needs CA certificates in the CA file', async () => {
    const notCa = await issue({ cn: 'Not a CA', ca: false });
    const unmarked = await issue({ cn: 'Unmarked' });
    const leafOf = async (issuer: Issued): Promise<string> => (await issue({ ...good, issuer })).pem;
    expect(inspect({ ca: notCa.pem, cert: await leafOf(notCa) })).toEqual(['error ca-not-a-ca']);
    expect(inspect({ ca: unmarked.pem, cert: await leafOf(unmarked) })).toEqual(['error ca-not-a-ca']);
  });

  it('needs a CA that may sign certificates', async () => {
    const crlOnly = await issueCa({ keyUsage: { flags: KeyUsageFlags.cRLSign } });
    const leaf = await issue({ ...good, issuer: crlOnly });
    expect(inspect({ ca: crlOnly.pem, cert: leaf.pem })).toEqual(['error ca-cannot-sign']);
  });

  it('minds the dates of every CA in the file', async () => {
    const old = await issueCa({ cn: 'Old CA', fromDays: -10, toDays: -1 });
    expect(await problemsOf(good, { ca: ca.pem + old.pem })).toEqual(['error expired']);
  });
});

describe('files that cannot be used', () => {
  it('are named each', () => {
    expect(inspect({ ca: undefined })).toEqual(['error ca-missing', 'error certificate-missing']);
    expect(inspect({ ca: 'no PEM', cert: 'either' })).toEqual([
      'error ca-unreadable',
      'error certificate-unreadable',
    ]);
  });

  it('include those with a certificate that is only garbage', () => {
    const garbage = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    expect(inspect({ cert: garbage })).toEqual(['error certificate-unreadable']);
  });

  it('include those that are too large, or hold too many certificates', () => {
    expect(inspect({ cert: 'x'.repeat(70_000) })).toEqual(['error certificate-unreadable']);
    expect(inspect({ ca: ca.pem.repeat(17) })).toContain('error ca-unreadable');
  });
});

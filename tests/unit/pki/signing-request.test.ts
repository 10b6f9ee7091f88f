import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCertificates } from '../../../electron/pki/certificate.ts';
import { plainKeyPem } from '../../../electron/pki/encrypted-key.ts';
import { issueCertificate } from '../../../electron/pki/issue.ts';
import { keyFingerprint, keyKinds, makeKeyPair, suitablePublicKey } from '../../../electron/pki/key-kinds.ts';
import { makeSigningRequest, readSigningRequest } from '../../../electron/pki/signing-request.ts';
import { hostNames, makeStand, orderFor } from './authorities.ts';
import { mustRun, temporaryFolder } from './tools.ts';

const folder = temporaryFolder();

/** A request that openssl makes on a host, asking for more than it should. */
function greedyRequest(key: string, ...options: string[]): string {
  const file = join(folder, 'key.pem');
  writeFileSync(file, key, { mode: 0o600 });
  return mustRun('openssl', [
    ...['req', '-new', '-key', file, '-subj', '/O=Evil/CN=root.lab', ...options],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'subjectAltName=DNS:evil.lab'],
    ...['-addext', 'extendedKeyUsage=codeSigning'],
  ]);
}

describe('a certificate request', () => {
  it.each(keyKinds)('of a %s key is read, whichever program made it', async (kind) => {
    const { privateKey, publicKey } = await makeKeyPair(kind);
    const key = plainKeyPem(privateKey);
    const template = join(folder, 'template');
    const keyFile = join(folder, `${kind}.pem`);
    writeFileSync(template, 'cn = "beta.lab"\n');
    writeFileSync(keyFile, key, { mode: 0o600 });
    const fromCerttool = ['--generate-request', '--load-privkey', keyFile, '--template', template];
    for (const request of [
      greedyRequest(key),
      mustRun('certtool', fromCerttool),
      await makeSigningRequest({ privateKey, publicKey }, hostNames, ['server']),
    ]) {
      expect(keyFingerprint(await readSigningRequest(request))).toBe(keyFingerprint(publicKey));
    }
  });

  it('gives its key alone: no name and no extension is copied', async () => {
    const { unlocked } = await makeStand(folder);
    const request = greedyRequest(plainKeyPem((await makeKeyPair('p256')).privateKey));
    const { pem } = await issueCertificate(unlocked, orderFor(), await readSigningRequest(request));
    const [certificate] = parseCertificates(pem);
    expect(certificate).toMatchObject({
      subject: 'CN=beta.lab',
      dnsNames: hostNames.dnsNames,
      basicConstraints: { ca: false },
      extendedKeyUsage: { critical: true, usages: ['serverAuth', 'clientAuth'] },
    });
    expect(mustRun('openssl', ['x509', '-noout', '-text'], pem)).not.toMatch(/evil|root\.lab|Code/i);
  });

  it('of our own is what openssl and certtool take for one', async () => {
    for (const kind of keyKinds) {
      const request = await makeSigningRequest(await makeKeyPair(kind), hostNames, ['server', 'client']);
      const text = mustRun('openssl', ['req', '-verify', '-noout', '-text'], request);
      expect(text).toContain('DNS:beta.lab, DNS:beta, IP Address:10.0.0.6, IP Address:2001:DB8:0:0:0:0:0:6');
      expect(text).toContain('TLS Web Server Authentication, TLS Web Client Authentication');
      expect(mustRun('certtool', ['--crq-info'], request)).toContain('Self signature: verified');
    }
  });

  it('is refused when its signature is not of its key', async () => {
    const pem = greedyRequest(plainKeyPem((await makeKeyPair('rsa3072')).privateKey));
    const der = Buffer.from(pem.replace(/-----.*-----|\n/g, ''), 'base64');
    der.writeUInt8(der.readUInt8(der.length - 9) ^ 1, der.length - 9);
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    await expect(readSigningRequest(forged)).rejects.toMatchObject({ code: 'request-not-signed' });
  });

  it.each([
    ['nothing', ''],
    ['rubbish', '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n'],
    ['too much', 'x'.repeat(20_000)],
  ])('is refused when it is %s', async (_what, pem) => {
    await expect(readSigningRequest(pem)).rejects.toMatchObject({ code: 'request-unreadable' });
  });
});

describe('a key that peers do not take', () => {
  it.each([
    ['RSA of 1024 bits', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey],
    [
      'RSA with the exponent 3',
      generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).publicKey,
    ],
    ['Ed25519', generateKeyPairSync('ed25519').publicKey],
    ['P-521', generateKeyPairSync('ec', { namedCurve: 'secp521r1' }).publicKey],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey],
    ['RSA for PSS only', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey],
  ])('is %s', (_kind, key) => {
    expect(() => suitablePublicKey(key)).toThrow(expect.objectContaining({ code: 'key-unsuitable' }));
  });
});

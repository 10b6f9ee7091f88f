import { describe, expect, it } from 'vitest';
import { tlsRevocationsCheck } from '../../../../../electron/engine/preflight/checks/tls-revocations.ts';
import { toPem } from '../../../../../electron/pki/pem.ts';
import { x509 } from '../../../../../electron/pki/x509.ts';
import { issue, issueCa, now, serverAuth, type Issued } from '../../../pki/certificates.ts';
import { findingsOf, given, verdict, type Facts } from '../fake-context.ts';
import { ownerAndMode, tlsTree } from '../tls-pair.ts';

const dayMs = 86_400_000;
const [ca, other] = await Promise.all([issueCa(), issueCa({ cn: 'Other CA' })]);
const [client, server] = await Promise.all([
  issue({ cn: 'alpha.lab', issuer: ca, ca: false }),
  issue({ issuer: ca, dns: ['beta.lab'], ca: false, eku: { usages: [serverAuth] } }),
]);

async function list(issuer: Issued, serials: string[], nextDays = 30): Promise<string> {
  const made = await x509.X509CrlGenerator.create({
    issuer: issuer.subject,
    thisUpdate: new Date(now.getTime() - dayMs),
    nextUpdate: new Date(now.getTime() + nextDays * dayMs),
    entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: now })),
    signingAlgorithm: { name: issuer.keys.privateKey.algorithm.name, hash: issuer.hash },
    signingKey: issuer.keys.privateKey,
  });
  return toPem('X509 CRL', Buffer.from(made.rawData));
}

async function withList(pem: string | undefined): Promise<Facts> {
  const path = '/etc/pki/qemu/ca-crl.pem';
  const revocations = {
    path,
    stat: pem === undefined ? undefined : ownerAndMode(path, 0o644),
    content: pem === undefined ? undefined : { pem },
  };
  const [from, to] = await Promise.all([
    tlsTree('client', ca, client),
    tlsTree('server', ca, server, { revocations }),
  ]);
  return { source: { tlsTree: given(from) }, destination: { tlsTree: given(to) } };
}

describe('a revocation list on the destination', async () => {
  it.each<[string, string | undefined, string]>([
    ['is none', undefined, 'ok'],
    ['has nobody on it', await list(ca, []), 'ok'],
    ['has somebody else on it', await list(ca, ['02']), 'ok'],
    ['has the source on it', await list(ca, ['01']), 'error'],
    ['has the source on it, and is old', await list(ca, ['01'], -1), 'error'],
    ['is old', await list(ca, [], -1), 'warning'],
    ['is of another authority', await list(other, ['01']), 'warning'],
    ['is one of two', `${await list(other, [])}\n${await list(ca, ['01'])}`, 'error'],
    ['is a file without a list', 'beta.lab\n', 'error'],
    ['is garbage', '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n', 'error'],
  ])('%s', async (_words, pem, level) => {
    expect(await verdict(tlsRevocationsCheck, await withList(pem))).toEqual([
      `${level} tls.destination.revocations`,
    ]);
  });

  it('names the certificate that is on it', async () => {
    const [finding] = await findingsOf(tlsRevocationsCheck, await withList(await list(ca, ['01'])));
    expect(finding?.evidence).toMatch(/alpha\.lab, serial number 01/);
  });
});

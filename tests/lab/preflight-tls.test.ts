import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { mustRun } from './command.ts';
import { hosts, Lab, type HostName } from './lab.ts';
import { authorityDir, type CertificateOptions } from './pki.ts';
import { expectOnlyError, findingsAt, preflight } from './support/preflight-run.ts';

/* QEMU's certificates with one thing wrong at a time: the preflight names that one, and no other. */

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  await lab.virsh('alpha', ['suspend', 'db01']);
});
afterEach(async () => {
  await Promise.all([lab.restoreHostCertificates('alpha'), lab.restoreHostCertificates('beta')]);
});

const dayMs = 86_400_000;
const from = (days: number) => new Date(Date.now() + days * dayMs);
const files = '/etc/pki/qemu';

const issue = (host: HostName, options: CertificateOptions) => () =>
  lab.issueHostCertificates(host, { purposes: ['qemu'], ...options });
const onHost =
  (host: HostName, ...argv: string[]) =>
  async () => {
    await lab.mustRun(host, argv);
  };

/** Puts a list of the lab's own authority on beta, with alpha's certificate on it. */
async function revokeAlpha(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'viaduct-crl-'));
  try {
    const file = (name: string): string => join(dir, name);
    await writeFile(file('template'), 'crl_next_update = 30\ncrl_number = 1\n');
    const pki = join(hosts.alpha.root, files, 'client-cert.pem');
    const authority = await authorityDir('lab');
    await mustRun([
      ...['certtool', '--generate-crl', '--template', file('template'), '--outfile', file('crl.pem')],
      ...['--load-ca-privkey', join(authority, 'ca-key.pem')],
      ...['--load-ca-certificate', join(authority, 'ca-cert.pem'), '--load-certificate', pki],
    ]);
    const stdin = await readFile(file('crl.pem'), 'utf8');
    await lab.mustRun('beta', ['tee', `${files}/ca-crl.pem`], { stdin });
  } finally {
    await rm(dir, { recursive: true });
  }
}

test.each<[string, string, RegExp, () => Promise<void>]>([
  [
    'a certificate of the destination that has expired',
    'tls.destination.dates',
    /beta\.lab: The certificate of beta\.lab expired on/,
    issue('beta', { notBefore: from(-9), notAfter: from(-1) }),
  ],
  [
    'a certificate of the source that is not valid yet',
    'tls.source.dates',
    /alpha\.lab: The certificate of alpha\.lab is not valid before/,
    issue('alpha', { notBefore: from(2), notAfter: from(30) }),
  ],
  [
    'a certificate of another CA than its own CA file',
    'tls.destination.chain',
    /was issued by "CN=Some Other CA"/,
    issue('beta', { ca: 'other' }),
  ],
  [
    'a certificate for another name',
    'tls.destination.name',
    /is for gamma\.lab, 203\.0\.113\.9, but alpha\.lab reaches it as beta\.lab/,
    issue('beta', { names: ['gamma.lab'], addresses: ['203.0.113.9'] }),
  ],
  [
    'a key that only root may read',
    'tls.destination.files',
    /libvirt-qemu, as which QEMU runs on beta\.lab, may not read .*server-key\.pem .*mode 0600/,
    onHost('beta', 'chmod', '0600', `${files}/server-key.pem`),
  ],
  [
    'a folder that QEMU may not enter',
    'tls.source.files',
    /may not enter \/etc\/pki\/qemu .*mode 0700/,
    onHost('alpha', 'chmod', '0700', files),
  ],
  [
    'a folder above it that nobody may enter',
    'tls.destination.files',
    /may not enter \/etc\/pki /,
    onHost('beta', 'chmod', '0700', '/etc/pki'),
  ],
  [
    'no certificate on the source',
    'tls.source.files',
    /alpha\.lab has no \/etc\/pki\/qemu\/client-cert\.pem/,
    onHost('alpha', 'rm', `${files}/client-cert.pem`),
  ],
  [
    'no CA file on the destination',
    'tls.destination.files',
    /beta\.lab has no \/etc\/pki\/qemu\/ca-cert\.pem/,
    onHost('beta', 'rm', `${files}/ca-cert.pem`),
  ],
  [
    'a certificate that is none',
    'tls.destination.content',
    /certificate file cannot be used/,
    onHost('beta', 'cp', '/etc/hostname', `${files}/server-cert.pem`),
  ],
  [
    'the key of another certificate',
    'tls.destination.key-match',
    /server-key\.pem on beta\.lab does not belong to .*server-cert\.pem/,
    onHost(
      'beta',
      ...['openssl', 'genpkey', '-quiet', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
      ...['-out', `${files}/server-key.pem`],
    ),
  ],
  [
    'a certificate of the source that is revoked',
    'tls.destination.revocations',
    /The certificate of alpha\.lab was revoked on/,
    revokeAlpha,
  ],
])('%s', async (_words, id, words, harm) => {
  await harm();
  await expectOnlyError(lab, { guest: 'web01', id, words });
});

test('a purpose that is not marked critical is for a person to judge, as QEMU does not mind it', async () => {
  await lab.issueHostCertificates('beta', { purposes: ['qemu'], serverUsages: ['client'] });
  const run = await preflight(lab, 'web01');
  expect(
    findingsAt(run, 'warning').map(({ id }) => id),
    run.stdout,
  ).toEqual(['tls.destination.usage']);
  expect(findingsAt(run, 'error')).toEqual([]);
  expect(run.code).toBe(0);
});

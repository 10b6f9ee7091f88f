import { join } from 'node:path';
import { afterEach, beforeAll, test } from 'vitest';
import { hosts, Lab, type HostName } from './lab.ts';
import type { CertificateOptions } from './pki.ts';
import { expectOnlyError, expectOnlyWarning } from './support/preflight-run.ts';
import { revocationListWith } from './support/revocation-list.ts';

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

const newKey = [
  'openssl',
  'genpkey',
  '-quiet',
  '-algorithm',
  'RSA',
  '-pkeyopt',
  'rsa_keygen_bits:2048',
  '-out',
];

/** Gives a host certificates of an authority that the other does not know; it trusts the other's as before. */
const issueByOther = (host: HostName) => async () => {
  const caFile = `${files}/ca-cert.pem`;
  const known = await lab.mustRun(host, ['cat', caFile]);
  await lab.issueHostCertificates(host, { purposes: ['qemu'], ca: 'other', trust: 'other' });
  await lab.mustRun(host, ['tee', '--append', caFile], { stdin: known });
};

/** Puts a list of the lab's own authority on beta, with alpha's certificate on it. */
async function revokeAlpha(): Promise<void> {
  const stdin = await revocationListWith(join(hosts.alpha.root, files, 'client-cert.pem'));
  await lab.mustRun('beta', ['tee', `${files}/ca-crl.pem`], { stdin });
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
    'a certificate of the destination of an authority that the source does not know',
    'tls.source.trust',
    /alpha\.lab does not trust the CA that issued the certificate of beta\.lab \(CN=Some Other CA\)/,
    issueByOther('beta'),
  ],
  [
    'a certificate of the source of an authority that the destination does not know',
    'tls.destination.trust',
    /beta\.lab does not trust the CA that issued the certificate of alpha\.lab \(CN=Some Other CA\)/,
    issueByOther('alpha'),
  ],
  [
    'a CA file with a certificate that is none of a CA',
    'tls.destination.chain',
    /of beta\.lab in the CA file is not marked as a CA/,
    async () => {
      const leaf = await lab.mustRun('beta', ['cat', `${files}/server-cert.pem`]);
      await lab.mustRun('beta', ['tee', '--append', `${files}/ca-cert.pem`], { stdin: leaf });
    },
  ],
  [
    'a signature that nobody trusts any more',
    'tls.source.strength',
    /The certificate of alpha\.lab is signed with SHA-1/,
    issue('alpha', { hash: 'SHA1' }),
  ],
  [
    'a critical extension that nobody knows, which only a handshake finds',
    'tls.handshake',
    /alpha\.lab does not accept the QEMU certificate of beta\.lab/,
    issue('beta', { furtherLines: ['add_critical_extension = "1.2.3.4.5 0x0500"'] }),
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
    onHost('beta', ...newKey, `${files}/server-key.pem`),
  ],
  [
    'a certificate of the source of another CA than its own CA file',
    'tls.source.chain',
    /alpha\.lab .*was issued by "CN=Some Other CA"/,
    issue('alpha', { ca: 'other' }),
  ],
  [
    'a certificate of the source that is none',
    'tls.source.content',
    /certificate file cannot be used/,
    onHost('alpha', 'cp', '/etc/hostname', `${files}/client-cert.pem`),
  ],
  [
    'a key of the source that is of another certificate',
    'tls.source.key-match',
    /client-key\.pem on alpha\.lab does not belong to .*client-cert\.pem/,
    onHost('alpha', ...newKey, `${files}/client-key.pem`),
  ],
  [
    'a certificate of the source that is revoked',
    'tls.destination.revocations',
    /The certificate of alpha\.lab was revoked on/,
    revokeAlpha,
  ],
  [
    'a revocation list that is none',
    'tls.destination.revocations',
    /ca-crl\.pem on beta\.lab cannot be read, so its QEMU takes in no guest/,
    onHost('beta', 'cp', '/etc/hostname', `${files}/ca-crl.pem`),
  ],
])('%s', async (_words, id, words, harm) => {
  await harm();
  await expectOnlyError(lab, { guest: 'web01', id, words });
});

test('a key that is shorter than the policy of the source wants', async () => {
  const policy = '/etc/gnutls/config';
  await lab.mustRun('alpha', ['mkdir', '-p', '/etc/gnutls']);
  await lab.mustRun('alpha', ['tee', policy], { stdin: '[overrides]\nmin-verification-profile = medium\n' });
  try {
    await issue('beta', { keyBits: 1024 })();
    const words = /The key of beta\.lab has 1024 bits; peers refuse less than 2048/;
    await expectOnlyError(lab, { guest: 'web01', id: 'tls.destination.strength', words });
  } finally {
    await lab.mustRun('alpha', ['rm', policy]);
  }
});

test.each([
  ['source', 'alpha'],
  ['destination', 'beta'],
] as const)(
  "libvirt's own certificate on the %s, of which the daemons' login tells nothing until it has ended",
  async (side, host) => {
    await lab.issueHostCertificates(host, { purposes: ['libvirt'], notAfter: from(5) });
    // A certificate that the daemon serves is read once.
    if (side === 'destination') await lab.mustRun(host, ['virt-admin', 'server-update-tls', 'libvirtd']);
    const words = new RegExp(
      `${host}\\.lab, libvirt: The certificate of ${host}\\.lab expires on .*, in 4 days`,
    );
    const args = ['--control', 'p2p'];
    await expectOnlyWarning(lab, { guest: 'web01', id: `control.${side}.certificate`, words, args });
  },
);

test.each<[string, string, RegExp, () => Promise<void>]>([
  [
    'a purpose that is not marked critical, as QEMU does not mind it',
    'tls.destination.usage',
    /is for clientAuth, not for serverAuth/,
    issue('beta', { serverUsages: ['client'] }),
  ],
  [
    'a purpose of the source that is not marked critical',
    'tls.source.usage',
    /is for serverAuth, not for clientAuth/,
    issue('alpha', { clientUsages: ['server'] }),
  ],
  [
    'a key that is short, and that this pair takes',
    'tls.destination.strength',
    /The key of beta\.lab has 1024 bits, which is too short/,
    issue('beta', { keyBits: 1024 }),
  ],
  [
    'a certificate that expires soon',
    'tls.source.dates',
    /The certificate of alpha\.lab expires on .*, in 4 days/,
    issue('alpha', { notAfter: from(5) }),
  ],
  [
    'a key that everybody may read',
    'tls.destination.files',
    /Everybody on beta\.lab may read the private key .*mode 0644/,
    async () => {
      await lab.mustRun('beta', ['chmod', '0755', files]);
      await lab.mustRun('beta', ['chmod', '0644', `${files}/server-key.pem`]);
    },
  ],
])('for a person to judge: %s', async (_words, id, words, harm) => {
  await harm();
  await expectOnlyWarning(lab, { guest: 'web01', id, words });
});

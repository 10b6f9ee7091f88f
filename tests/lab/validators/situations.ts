import { join } from 'node:path';
import { hosts, type HostName, type Lab } from '../lab.ts';
import type { CertificateOptions } from '../pki.ts';
import { revocationListWith } from '../support/revocation-list.ts';

/** Certificates of a pair of hosts, alpha to beta, with one thing that is not as it should be. */
export interface Situation {
  what: string;
  make: (lab: Lab) => Promise<unknown>;
}

const dayMs = 86_400_000;
const from = (days: number): Date => new Date(Date.now() + days * dayMs);

/** virt-pki-validate wants an organization, and it has to be the common name of the authority. */
const organization = (name: string): string[] => [`organization = "${name}"`];
const usual: CertificateOptions = { furtherLines: organization('Viaduct Lab CA') };

const issue = (host: HostName, options: CertificateOptions) => (lab: Lab) =>
  lab.issueHostCertificates(host, { ...usual, ...options });
const onHost =
  (host: HostName, ...argv: string[]) =>
  (lab: Lab) =>
    lab.mustRun(host, argv);

const libvirt = '/etc/pki/libvirt';
const qemu = '/etc/pki/qemu';
const authorities = ['/etc/pki/CA/cacert.pem', `${qemu}/ca-cert.pem`];
const serverKeys = [`${libvirt}/private/serverkey.pem`, `${qemu}/server-key.pem`];

const policyFile = '/etc/gnutls/config';

/** Both trees as everybody wants them; also for the pair with which each situation begins. */
export async function makeSound(lab: Lab): Promise<void> {
  await lab.mustRun('alpha', ['rm', '-f', policyFile]);
  for (const host of ['alpha', 'beta'] as const) {
    await lab.restoreHostCertificates(host);
    await lab.issueHostCertificates(host, usual);
  }
}

/** What is wrong is wrong in libvirt's tree and in QEMU's, except where only one has it. */
export const situations: readonly Situation[] = [
  { what: 'nothing is wrong', make: () => Promise.resolve() },
  {
    what: 'the subject names another organization',
    make: issue('beta', { furtherLines: organization('Example GmbH') }),
  },
  {
    what: 'the common name is an inventory number, the host is among the alternative names',
    make: issue('beta', { names: ['inventory-4711', 'beta.lab', 'beta'] }),
  },
  {
    what: 'the private folder is for root alone',
    make: onHost('beta', 'chmod', '0700', `${libvirt}/private`),
  },
  {
    what: "the destination's certificate has expired",
    make: issue('beta', { notBefore: from(-9), notAfter: from(-1) }),
  },
  { what: "the destination's certificate is signed with SHA-1", make: issue('beta', { hash: 'SHA1' }) },
  {
    what: "the destination's certificate is of another authority than its CA file",
    make: issue('beta', { ca: 'other' }),
  },
  {
    what: 'each host has an authority of its own, and trusts that alone',
    make: issue('beta', { ca: 'other', trust: 'other', furtherLines: organization('Some Other CA') }),
  },
  {
    what: "the destination's certificate is for another name",
    make: issue('beta', { names: ['gamma.lab'], addresses: ['203.0.113.9'] }),
  },
  {
    what: "the destination's right common name has another host's alternative name beside it",
    make: issue('beta', {
      names: [],
      addresses: [],
      furtherLines: [...(usual.furtherLines ?? []), 'dns_name = "gamma.lab"'],
    }),
  },
  {
    what: 'the source has no certificate',
    make: onHost('alpha', 'rm', `${libvirt}/clientcert.pem`, `${qemu}/client-cert.pem`),
  },
  { what: 'the destination has no CA file', make: onHost('beta', 'rm', ...authorities) },
  {
    what: "the destination's CA file is none",
    make: onHost('beta', 'sh', '-c', 'for f; do cp /etc/hostname "$f"; done', 'sh', ...authorities),
  },
  {
    what: "the destination's key is of another certificate",
    make: onHost(
      'beta',
      ...['sh', '-c', 'for f; do openssl genpkey -quiet -algorithm RSA -out "$f"; done', 'sh', ...serverKeys],
    ),
  },
  { what: "the destination's key has 1024 bits", make: issue('beta', { keyBits: 1024 }) },
  {
    what: "the same, and the source's policy wants 2048",
    make: async (lab) => {
      await issue('beta', { keyBits: 1024 })(lab);
      await lab.mustRun('alpha', ['mkdir', '-p', '/etc/gnutls']);
      const stdin = '[overrides]\nmin-verification-profile = medium\n';
      await lab.mustRun('alpha', ['tee', policyFile], { stdin });
      // A program reads the policy when it starts.
      await lab.virsh('alpha', ['destroy', 'web01']);
      await lab.mustRun('alpha', ['systemctl', 'restart', 'libvirtd']);
      await lab.virsh('alpha', ['start', 'web01']);
    },
  },
  {
    what: "the source's certificate is revoked",
    make: async (lab) => {
      const stdin = await revocationListWith(join(hosts.alpha.root, libvirt, 'clientcert.pem'));
      await lab.mustRun('beta', ['tee', '/etc/pki/CA/cacrl.pem', `${qemu}/ca-crl.pem`], { stdin });
    },
  },
  {
    what: "everybody may read the key of the source's libvirt",
    make: onHost('alpha', 'chmod', '0644', `${libvirt}/private/clientkey.pem`),
  },
  {
    what: 'only root may read the key of the destination’s QEMU',
    make: onHost('beta', 'chmod', '0600', `${qemu}/server-key.pem`),
  },
  { what: 'the destination has no certificates for QEMU', make: onHost('beta', 'rm', '-r', qemu) },
];

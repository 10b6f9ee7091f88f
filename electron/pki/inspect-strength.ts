import type { Certificate } from './certificate.ts';
import type { CredentialProblem } from './problems.ts';

const weakSignatures: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'MD2',
  '1.2.840.113549.1.1.4': 'MD5',
  '1.2.840.113549.1.1.5': 'SHA-1',
  '1.2.840.10045.4.1': 'SHA-1',
  '1.2.840.10040.4.3': 'SHA-1',
};

/** Fewer are refused by GnuTLS whatever the policy of a host says. */
export const weakestRsaBits = 1024;
/** What a host with the policy of RHEL 9 wants, and what a key should have at least (NIST SP 800-57). */
const soundRsaBits = 2048;

/**
 * What GnuTLS refuses as "insecure algorithm". Which keys that are depends on the policy of the host that verifies: as
 * it comes Debian 12 takes 1024 bits, and RHEL 9 does not. The signature on a trusted CA certificate is never verified,
 * so only its key counts.
 *
 * @param minRsaBits what every host that verifies takes; a key between this and 2048 bits is worth a warning
 */
export function inspectStrength(
  chain: readonly Certificate[],
  authorities: readonly Certificate[],
  minRsaBits = soundRsaBits,
): CredentialProblem[] {
  return [
    ...chain.flatMap(weakSignature),
    ...[...chain, ...authorities].flatMap((certificate) => weakKey(certificate, minRsaBits)),
  ];
}

function weakSignature(certificate: Certificate): CredentialProblem[] {
  const digest = weakSignatures[certificate.signatureOid];
  if (digest === undefined) return [];
  return [
    {
      code: 'weak-signature',
      aspect: 'strength',
      severity: 'error',
      message: `The certificate of ${certificate.label} is signed with ${digest}, which peers refuse.`,
      remedy: `Issue the certificate of ${certificate.label} again, signed with SHA-256 or better.`,
    },
  ];
}

function weakKey(certificate: Certificate, minRsaBits: number): CredentialProblem[] {
  const bits = certificate.publicKey.asymmetricKeyDetails?.modulusLength;
  if (bits === undefined || bits >= Math.max(minRsaBits, soundRsaBits)) return [];
  const isRefused = bits < minRsaBits;
  return [
    {
      code: 'weak-key',
      aspect: 'strength',
      severity: isRefused ? 'error' : 'warning',
      message: isRefused
        ? `The key of ${certificate.label} has ${bits} bits; peers refuse less than ${minRsaBits}.`
        : `The key of ${certificate.label} has ${bits} bits, which is too short to keep a secret; hosts with a stricter policy refuse it.`,
      remedy: `Make a new key of at least 3072 bits for ${certificate.label} and issue its certificate again.`,
    },
  ];
}

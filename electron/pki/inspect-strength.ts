import type { Certificate } from './certificate.ts';
import type { CredentialProblem } from './problems.ts';

const weakSignatures: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'MD2',
  '1.2.840.113549.1.1.4': 'MD5',
  '1.2.840.113549.1.1.5': 'SHA-1',
  '1.2.840.10045.4.1': 'SHA-1',
  '1.2.840.10040.4.3': 'SHA-1',
};

const minRsaBits = 2048;

/**
 * What the system-wide policy of current distributions refuses as "insecure algorithm" (seen with GnuTLS on
 * Debian 12 and RHEL 9). The signature on a trusted CA certificate is never verified, so only its key counts.
 */
export function inspectStrength(
  chain: readonly Certificate[],
  authorities: readonly Certificate[],
): CredentialProblem[] {
  return [...chain.flatMap(weakSignature), ...[...chain, ...authorities].flatMap(weakKey)];
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

function weakKey(certificate: Certificate): CredentialProblem[] {
  const bits = certificate.publicKey.asymmetricKeyDetails?.modulusLength;
  if (bits === undefined || bits >= minRsaBits) return [];
  return [
    {
      code: 'weak-key',
      aspect: 'strength',
      severity: 'error',
      message: `The key of ${certificate.label} has ${bits} bits; peers refuse less than ${minRsaBits}.`,
      remedy: `Make a new key of at least 3072 bits for ${certificate.label} and issue its certificate again.`,
    },
  ];
}

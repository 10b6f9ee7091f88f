import type { Certificate } from './certificate.ts';
import type { CredentialProblem } from './problems.ts';

/** Whether the leaf leads to a certificate of the CA file, and whether those are CA certificates at all. */
export function inspectChain(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  authorities: readonly Certificate[],
): CredentialProblem[] {
  return [...authorities.flatMap(inspectAuthority), ...inspectPath(leaf, intermediates, authorities)];
}

/** Whether a certificate of `authorities` issued `leaf`, directly or over `intermediates`. */
export function isTrustedBy(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  authorities: readonly Certificate[],
): boolean {
  return pathLength(leaf, intermediates, authorities) !== undefined;
}

/** The number of intermediates between the leaf and a trusted CA; `undefined`: it leads to none. */
function pathLength(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  authorities: readonly Certificate[],
): number | undefined {
  let current = leaf;
  let left = [...intermediates];
  for (let length = 0; ; length += 1) {
    const subject = current;
    if (authorities.some((authority) => isIssuedBy(subject, authority))) return length;
    const next = left.find(
      (candidate) => candidate.basicConstraints?.ca === true && isIssuedBy(subject, candidate),
    );
    if (next === undefined) return undefined;
    left = left.filter((candidate) => candidate !== next);
    current = next;
  }
}

function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  return certificate.issuer === issuer.subject && certificate.isSignedWith(issuer.publicKey);
}

function inspectPath(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  authorities: readonly Certificate[],
): CredentialProblem[] {
  const length = pathLength(leaf, intermediates, authorities);
  const trusted = authorities.map((authority) => authority.label).join(', ');
  if (length === undefined) {
    return [
      {
        code: 'unknown-issuer',
        aspect: 'chain',
        severity: 'error',
        message: `The certificate of ${leaf.label} was issued by "${leaf.issuer}", not by a CA of the CA file (${trusted}).`,
        remedy: 'Install the CA file that belongs to the certificate, or issue the certificate by that CA.',
      },
    ];
  }
  if (length === 0) return [];
  return [
    {
      code: 'needs-intermediates',
      aspect: 'chain',
      severity: 'warning',
      message: `The certificate of ${leaf.label} leads to ${trusted} only over intermediates in its own file; QEMU may check it without them.`,
      remedy: 'Put the issuing intermediate CA into the CA file as well.',
    },
  ];
}

function inspectAuthority(authority: Certificate): CredentialProblem[] {
  if (authority.basicConstraints?.ca !== true) {
    return [
      {
        code: 'ca-not-a-ca',
        aspect: 'chain',
        severity: 'error',
        message: `The certificate of ${authority.label} in the CA file is not marked as a CA.`,
        remedy: 'Put only CA certificates (basic constraints CA:TRUE) into the CA file.',
      },
    ];
  }
  if (authority.keyUsage?.keyCertSign === false) {
    return [
      {
        code: 'ca-cannot-sign',
        aspect: 'chain',
        severity: authority.keyUsage.critical ? 'error' : 'warning',
        message: `The key usage of the CA ${authority.label} does not permit it to sign certificates.`,
        remedy: 'Make a CA certificate with the key usage keyCertSign.',
      },
    ];
  }
  return [];
}

import type { Certificate } from './certificate.ts';
import type { CredentialProblem } from './problems.ts';

/** The part that the certificate's owner plays in the TLS handshake. */
export type Purpose = 'server' | 'client';

/**
 * Whether the extensions of a leaf permit its use. An absent extension permits everything, and one that is not
 * critical is only a recommendation: libvirt and QEMU log it and go on, so it is a warning here.
 */
export function inspectUsage(
  leaf: Certificate,
  purpose: Purpose,
  demandsKeyEncipherment: boolean,
): CredentialProblem[] {
  return [
    ...inspectConstraints(leaf),
    ...inspectKeyUsage(leaf, demandsKeyEncipherment),
    ...inspectPurpose(leaf, purpose),
  ];
}

function inspectConstraints(leaf: Certificate): CredentialProblem[] {
  if (leaf.basicConstraints?.ca !== true) return [];
  return [
    {
      code: 'leaf-is-ca',
      aspect: 'usage',
      severity: 'error',
      message: `The certificate of ${leaf.label} is a CA certificate and cannot identify a host.`,
      remedy: 'Install a certificate that the CA issued for this host, not the CA itself.',
    },
  ];
}

function inspectKeyUsage(leaf: Certificate, demandsKeyEncipherment: boolean): CredentialProblem[] {
  const usage = leaf.keyUsage;
  if (usage === undefined) return [];
  const severity = usage.critical ? 'error' : 'warning';
  const problems: CredentialProblem[] = [];
  if (!usage.digitalSignature) {
    problems.push({
      code: 'usage-lacks-signature',
      aspect: 'usage',
      severity,
      message: `The key usage of ${leaf.label} does not permit digital signatures, which TLS needs.`,
      remedy: 'Issue the certificate again with the key usage digitalSignature.',
    });
  }
  if (demandsKeyEncipherment && !usage.keyEncipherment) {
    problems.push({
      code: 'usage-lacks-encipherment',
      aspect: 'usage',
      severity,
      message: `The key usage of ${leaf.label} does not permit key encipherment, on which this libvirt insists.`,
      remedy:
        'Issue the certificate again for an RSA key, with the key usages digitalSignature and keyEncipherment.',
    });
  }
  return problems;
}

function inspectPurpose(leaf: Certificate, purpose: Purpose): CredentialProblem[] {
  const extended = leaf.extendedKeyUsage;
  const wanted = purpose === 'server' ? 'serverAuth' : 'clientAuth';
  if (extended === undefined) return [];
  if (extended.usages.includes(wanted) || extended.usages.includes('anyExtendedKeyUsage')) return [];
  return [
    {
      code: 'purpose-lacks-role',
      aspect: 'usage',
      severity: extended.critical ? 'error' : 'warning',
      message: `The certificate of ${leaf.label} is for ${extended.usages.join(', ')}, not for ${wanted}.`,
      remedy: `Issue the certificate again with the extended key usage ${wanted}.`,
    },
  ];
}

import type { VerifyReason } from './handshake-outcome.ts';

/** What one end has against the certificate of the other. */
export const whyRefused: Readonly<Record<VerifyReason, string>> = {
  name: 'it is for other names',
  expired: 'it has expired',
  'not-yet-valid': 'it is not valid yet',
  revoked: 'it is revoked',
  issuer: 'it is of an authority that is not trusted there',
  purpose: 'it is not for this use',
  weak: 'its key or signature is too weak',
  other: 'it is not in order',
};

/** @param owner of the certificate */
export function remedyFor(reason: VerifyReason, owner: string, both: readonly string[]): string {
  switch (reason) {
    case 'expired':
      return `Run "viaduct pki renew" for ${owner}.`;
    case 'not-yet-valid':
      return `Set the clocks of ${both.join(' and ')}.`;
    case 'issuer':
      return `Run "viaduct pki deploy" for ${both.join(' and ')} together.`;
    case 'name':
    case 'purpose':
    case 'weak':
    case 'revoked':
    case 'other':
      return `Run "viaduct pki deploy" for ${owner}, with its peers.`;
  }
}

import type { ExpiryStage } from '../../../pki/expiry-stage.ts';
import { printable } from '../../output/printable.ts';
import type { AuthorityFields, CertificateFields } from './authority-fields.ts';

/** Marks what wants attention, the more the nearer the end is. */
export const expiryMarks: Readonly<Record<ExpiryStage, string>> = {
  fine: '',
  month: ' (within 30 days)',
  week: ' (WITHIN 7 DAYS)',
  day: ' (WITHIN A DAY)',
  expired: ' (EXPIRED)',
  'not-yet-valid': ' (NOT VALID YET)',
};

function until({ notAfter, stage }: { notAfter: string; stage: ExpiryStage }): string {
  return `until ${notAfter.slice(0, 10)}${expiryMarks[stage]}`;
}

/** An authority in a few lines. */
export function authorityText(fields: AuthorityFields): string {
  const { name, key, keyIsHere, issued, revoked, openRequests, overlaps, unlistedRevocations } = fields;
  return [
    `${printable(name)}: ${key}, ${keyIsHere ? 'key encrypted here' : 'key elsewhere'}, ${until(fields)}`,
    `  ${issued} issued, ${revoked} revoked${openRequests > 0 ? `, ${openRequests} requests not answered yet` : ''}`,
    ...(overlaps.length > 0 ? [`  overlaps with ${overlaps.map(printable).join(', ')}`] : []),
    ...(unlistedRevocations > 0
      ? [`  ${unlistedRevocations} REVOKED BUT NOT IN THE REVOCATION LIST: revoke again`]
      : []),
  ].join('\n');
}

export function certificateLine(fields: CertificateFields): string {
  const { host, usedBy, purposes, names, state, serial } = fields;
  return `  ${printable(host)}: ${usedBy} ${purposes.join(' and ')}, ${state}, ${until(fields)}; ${names.map(printable).join(', ')}; serial ${serial}`;
}

import { isIP } from 'node:net';
import { BadInputError } from '../../common/errors.ts';
import { printable } from '../../common/printable.ts';
import { certificateNames } from '../../pki/names.ts';

/** A name as it would stand in a certificate, or why it cannot. */
export type OneName = { name: string; kind: 'dns' | 'ip' } | { name: string; why: string };

/** Judges a name that somebody told, who may be anybody. Two spellings of one name come out as the same. */
export function judgeName(told: string): OneName {
  const why = whyNotForOthers(told);
  if (why !== undefined) return { name: printable(told, 253), why };
  try {
    const { dnsNames, ipAddresses } = certificateNames([told]);
    const [dns] = dnsNames;
    return dns === undefined ? { name: ipAddresses[0] ?? told, kind: 'ip' } : { name: dns, kind: 'dns' };
  } catch (error) {
    if (!(error instanceof BadInputError)) throw error;
    return { name: printable(told, 253), why: 'cannot stand in a certificate' };
  }
}

/** Why a name or address would lead other hosts elsewhere: to themselves, or to whatever is on a link of theirs. */
function whyNotForOthers(name: string): string | undefined {
  if (isIP(name) === 0) {
    return /^localhost(?:$|\.)/i.test(name) ? 'leads every host to itself' : undefined;
  }
  if (/^(?:127\.|::1$)/.test(name)) return 'leads every host to itself';
  if (/^(?:169\.254\.|fe[89ab])/i.test(name)) return 'is of one link only';
  return /^(?:0\.|22[4-9]\.|23\d\.|::$|ff)/i.test(name) ? 'is the address of no single host' : undefined;
}

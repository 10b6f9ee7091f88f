import { BadInputError } from '../common/errors.ts';
import { PkiError } from './pki-error.ts';

export const dayMs = 86_400_000;

/** Peers check "not yet active" to the second, so everything is valid from an hour before it was made. */
export const backdateMs = 3_600_000;

export const authorityDays = { usual: 3650, most: 10_950 } as const;
export const leafDays = { usual: 730, most: 1825 } as const;

export interface Validity {
  notBefore: Date;
  notAfter: Date;
}

/** X.509 knows no fractions of a second. */
function wholeSeconds(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}

/** @throws BadInputError `bad-life` for a number of days that is not whole, or out of range. */
function checkedDays(days: number, limits: { most: number }): number {
  if (Number.isInteger(days) && days >= 1 && days <= limits.most) return days;
  throw new BadInputError('bad-life', `The life is a whole number of days from 1 to ${limits.most}.`, {
    side: 'client',
  });
}

export function authorityValidity(now: Date, days: number = authorityDays.usual): Validity {
  const life = checkedDays(days, authorityDays) * dayMs;
  return {
    notBefore: wholeSeconds(now.getTime() - backdateMs),
    notAfter: wholeSeconds(now.getTime() + life),
  };
}

/**
 * Within the authority's own life: a certificate that outlives its issuer fails at a date that nobody expects.
 *
 * @throws {PkiError} `authority-expired`.
 */
export function leafValidity(authority: Validity, now: Date, days: number = leafDays.usual): Validity {
  return validityWithin(authority, now, checkedDays(days, leafDays) * dayMs);
}

/** For one login: it is judged when the login is made, and never again (`virNetTLSContextCheckCertificate`). */
export const oneTimeMinutes = 15;

/** @throws {PkiError} `authority-expired`. */
export function oneTimeValidity(authority: Validity, now: Date): Validity {
  return validityWithin(authority, now, oneTimeMinutes * 60_000);
}

function validityWithin(authority: Validity, now: Date, lifeMs: number): Validity {
  if (now >= authority.notAfter) {
    throw new PkiError(
      'authority-expired',
      `The authority's certificate expired on ${authority.notAfter.toISOString()}; nothing it signs is taken any more.`,
      { side: 'client', remedy: 'Replace the authority by a new one, and deploy that one to every host.' },
    );
  }
  return {
    notBefore: wholeSeconds(Math.max(authority.notBefore.getTime(), now.getTime() - backdateMs)),
    notAfter: wholeSeconds(Math.min(authority.notAfter.getTime(), now.getTime() + lifeMs)),
  };
}

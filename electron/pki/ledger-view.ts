import type { IssuedEntry, LedgerEntry, RequestedEntry } from './ledger-entries.ts';
import type { Revocation } from './sign.ts';

/** `replaced`: another certificate was issued in its place; it is still accepted until it is revoked or expires. */
export type CertificateState = 'valid' | 'replaced' | 'expired' | 'revoked';

export interface IssuedCertificate extends IssuedEntry {
  state: CertificateState;
}

/** Every certificate of a ledger with what has become of it, in the order of issue. */
export function issuedCertificates(entries: readonly LedgerEntry[], now: Date): IssuedCertificate[] {
  const issued = entries.filter((entry) => entry.type === 'issued');
  const revoked = new Set(revocations(entries).map(({ serial }) => serial));
  const renewed = new Set(issued.map(({ renews }) => renews));
  return issued.map((entry) => ({ ...entry, state: stateOf(entry, now, revoked, renewed) }));
}

function stateOf(
  { serial, notAfter }: IssuedEntry,
  now: Date,
  revoked: ReadonlySet<string>,
  renewed: ReadonlySet<string | undefined>,
): CertificateState {
  if (revoked.has(serial)) return 'revoked';
  if (now > notAfter) return 'expired';
  return renewed.has(serial) ? 'replaced' : 'valid';
}

/** What belongs into the revocation list. Two processes may have revoked the same one; the first entry counts. */
export function revocations(entries: readonly LedgerEntry[]): Revocation[] {
  const bySerial = new Map<string, Revocation>();
  for (const entry of entries) {
    if (entry.type !== 'revoked' || bySerial.has(entry.serial)) continue;
    bySerial.set(entry.serial, { serial: entry.serial, revokedAt: entry.at, reason: entry.reason });
  }
  return [...bySerial.values()];
}

/** Requests for which no certificate has come back yet; a later one for the same place takes the place of an earlier one. */
export function openRequests(entries: readonly LedgerEntry[]): RequestedEntry[] {
  const answered = new Set(
    entries.filter((entry) => entry.type === 'issued').map(({ keyFingerprint }) => keyFingerprint),
  );
  const newest = new Map<string, RequestedEntry>();
  for (const entry of entries) {
    if (entry.type !== 'requested') continue;
    newest.set(JSON.stringify([entry.host, entry.usedBy, entry.purposes]), entry);
  }
  return [...newest.values()].filter(({ keyFingerprint }) => !answered.has(keyFingerprint));
}

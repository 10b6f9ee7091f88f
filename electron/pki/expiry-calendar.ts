import type { Authority } from './authority.ts';
import { issuedCertificates } from './ledger-view.ts';
import { daysUntil, expiryStage, type ExpiryStage } from './expiry-stage.ts';
import type { LedgerEntry } from './ledger-entries.ts';

/** Something with an end, where it was found. */
export interface Sighting {
  /**
   * `issued`: in the ledger; `deployed`: in a file on the host; `served`: shown by a daemon in a handshake. They
   * differ when a certificate was not brought to its host, or a daemon has not read it again.
   */
  seen: 'issued' | 'deployed' | 'served';
  kind: 'authority' | 'certificate';
  /** Host, or authority. */
  owner: string;
  /** What the owner uses it for, such as `qemu server`; the same text for the same place in all three sightings. */
  place: string;
  fingerprint: string;
  notBefore: Date;
  notAfter: Date;
}

export interface CalendarEntry extends Sighting {
  /** Whole days until the end, rounded down; negative after it. */
  daysLeft: number;
  stage: ExpiryStage;
  /** Whether the sighting before it (issued, deployed, served) is of another certificate at the same place. */
  isStale: boolean;
}

const order = ['issued', 'deployed', 'served'] as const;

/** Everything that will end, the first to end first. Sightings of the three kinds come from different sources. */
export function expiryCalendar(sightings: readonly Sighting[], now: Date): CalendarEntry[] {
  return sightings
    .map((sighting) => ({
      ...sighting,
      daysLeft: daysUntil(sighting.notAfter, now),
      stage: expiryStage(sighting, now),
      isStale: isStale(sighting, sightings),
    }))
    .sort((one, other) => one.notAfter.getTime() - other.notAfter.getTime());
}

function isStale(sighting: Sighting, all: readonly Sighting[]): boolean {
  const before = order
    .slice(0, order.indexOf(sighting.seen))
    .map((seen) => all.filter((other) => other.seen === seen && isSamePlace(other, sighting)))
    .findLast((found) => found.length > 0);
  return before?.every(({ fingerprint }) => fingerprint !== sighting.fingerprint) === true;
}

function isSamePlace(one: Sighting, other: Sighting): boolean {
  return one.kind === other.kind && one.owner === other.owner && one.place === other.place;
}

/** The sightings that an authority and its ledger are: itself, and the newest certificate of each place. */
export function issuedSightings(
  { name, certificate }: Authority,
  entries: readonly LedgerEntry[],
  now: Date,
): Sighting[] {
  const { fingerprint, notBefore, notAfter } = certificate;
  const inUse = issuedCertificates(entries, now).filter(
    ({ state, serial }) =>
      state !== 'revoked' && !entries.some((entry) => entry.type === 'issued' && entry.renews === serial),
  );
  return [
    { seen: 'issued', kind: 'authority', owner: name, place: 'authority', fingerprint, notBefore, notAfter },
    ...inUse.flatMap((entry) =>
      entry.purposes.map((purpose) => ({
        seen: 'issued' as const,
        kind: 'certificate' as const,
        owner: entry.host,
        place: `${entry.usedBy} ${purpose}`,
        fingerprint: entry.fingerprint,
        notBefore: entry.notBefore,
        notAfter: entry.notAfter,
      })),
    ),
  ];
}

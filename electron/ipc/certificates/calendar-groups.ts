import { expiryCalendar, type CalendarEntry, type Sighting } from '../../pki/expiry-calendar.ts';
import type { WizardProblem } from '../../wizard/wizard-snapshot.ts';
import { careOf } from './care.ts';
import type { CalendarBar, CalendarGroup, Care } from './certificate-views.ts';
import type { LedgerFacts } from './read-ledgers.ts';

/** A host on the board, as far as the calendar cares. */
export interface ShownHost {
  hostId: string;
  name: string;
}

/** The last look at a host, and what was seen there last. */
export interface Look {
  triedAtMs: number;
  /** `undefined`: it could never be looked at. */
  seenAtMs: number | undefined;
  sightings: Sighting[];
  problem: WizardProblem | undefined;
}

export interface CalendarSources {
  facts: LedgerFacts;
  board: readonly ShownHost[];
  /** By the host's name, as the next two. */
  looks: ReadonlyMap<string, Look>;
  beingLookedAt: ReadonlySet<string>;
}

/** Every authority and host with its bars, what needs care first. */
export function calendarGroups(sources: CalendarSources, now: Date): CalendarGroup[] {
  const { facts, board, looks } = sources;
  const ofAuthorities = facts.issued.filter(({ kind }) => kind === 'authority');
  const names = [
    ...facts.issued.filter(({ kind }) => kind === 'certificate').map(({ owner }) => owner),
    ...board.map(({ name }) => name),
  ];
  const groups = [
    ...ofAuthorities.map((sighting) => authorityGroup(sighting, facts, now)),
    ...[...new Set(names)].map((name) => hostGroup(name, sources, looks.get(name), now)),
  ];
  return sortedByCare(groups);
}

/** Whether its care is the admin's: a host that is not on the board is out of reach, and perhaps gone for good. */
function isOurs({ kind, hostId }: CalendarGroup): boolean {
  return kind === 'authority' || hostId !== undefined;
}

/** What needs care first, then what ends first; hosts that are not on the board last. */
export function sortedByCare(groups: readonly CalendarGroup[]): CalendarGroup[] {
  return groups.toSorted(
    (one, other) =>
      Number(isOurs(other)) - Number(isOurs(one)) ||
      urgencyRank(one.care) - urgencyRank(other.care) ||
      firstEnd(one) - firstEnd(other) ||
      one.owner.localeCompare(other.owner),
  );
}

export function careCount(groups: readonly CalendarGroup[]): number {
  return groups.filter((group) => group.care !== undefined && isOurs(group)).length;
}

function authorityGroup(sighting: Sighting, facts: LedgerFacts, now: Date): CalendarGroup {
  const bars = barsOf([sighting], facts, now);
  const about = {
    kind: 'authority',
    bars,
    isRevoked: false,
    lookedAtMs: undefined,
    problem: undefined,
  } as const;
  return {
    ...about,
    owner: sighting.owner,
    hostId: undefined,
    issuers: [],
    isBeingLookedAt: false,
    care: careOf(about),
  };
}

function hostGroup(
  name: string,
  { facts, board, beingLookedAt }: CalendarSources,
  look: Look | undefined,
  now: Date,
): CalendarGroup {
  const issued = facts.issued.filter(({ kind, owner }) => kind === 'certificate' && owner === name);
  const about = {
    kind: 'host',
    bars: barsOf([...issued, ...(look?.sightings ?? [])], facts, now),
    isRevoked: facts.revokedHosts.has(name),
    lookedAtMs: look?.seenAtMs,
    problem: look?.problem,
  } as const;
  return {
    ...about,
    owner: name,
    hostId: board.find((host) => host.name === name)?.hostId,
    issuers: facts.issuers.get(name) ?? [],
    isBeingLookedAt: beingLookedAt.has(name),
    care: careOf(about),
  };
}

function barsOf(sightings: readonly Sighting[], { revoked }: LedgerFacts, now: Date): CalendarBar[] {
  return expiryCalendar(sightings, now).map((entry) => barOf(entry, revoked));
}

function barOf(entry: CalendarEntry, revoked: ReadonlySet<string>): CalendarBar {
  const { seen, kind, place, fingerprint, notBefore, notAfter, daysLeft, stage, isStale } = entry;
  return {
    ...{ seen, kind, place, fingerprint, daysLeft, stage, isStale },
    notBeforeMs: notBefore.getTime(),
    notAfterMs: notAfter.getTime(),
    isRevoked: revoked.has(fingerprint),
  };
}

const urgencies: readonly Care['urgency'][] = ['now', 'soon', 'later'];

function urgencyRank(care: Care | undefined): number {
  return care === undefined ? urgencies.length : urgencies.indexOf(care.urgency);
}

function firstEnd({ bars }: CalendarGroup): number {
  return Math.min(Infinity, ...bars.map(({ notAfterMs }) => notAfterMs));
}

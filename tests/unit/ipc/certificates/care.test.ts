import { describe, expect, it } from 'vitest';
import { careOf } from '../../../../electron/ipc/certificates/care.ts';
import { calendarGroups, careCount } from '../../../../electron/ipc/certificates/calendar-groups.ts';
import type { LedgerFacts } from '../../../../electron/ipc/certificates/read-ledgers.ts';
import type { Sighting } from '../../../../electron/pki/expiry-calendar.ts';

const day = 86_400_000;
const now = new Date('2026-11-21T12:00:00Z');

function sighting(seen: Sighting['seen'], endsInDays: number, over: Partial<Sighting> = {}): Sighting {
  return {
    seen,
    kind: 'certificate',
    owner: 'alpha.lab',
    place: 'libvirt server',
    fingerprint: 'A',
    notBefore: new Date(now.getTime() - 100 * day),
    notAfter: new Date(now.getTime() + endsInDays * day),
    ...over,
  };
}

const noFacts: LedgerFacts = {
  issued: [],
  revoked: new Set(),
  revokedHosts: new Set(),
  issuers: new Map(),
  uris: new Map(),
  problems: [],
};

/** The group of alpha, as it is shown with these sightings. */
function groupOf(sightings: readonly Sighting[], { facts = {}, looked = true, at = now } = {}) {
  const issued = sightings.filter(({ seen }) => seen === 'issued');
  const seen = sightings.filter((one) => one.seen !== 'issued');
  const look = { triedAtMs: 1, seenAtMs: 1, sightings: seen, problem: undefined };
  const [group] = calendarGroups(
    {
      facts: { ...noFacts, issued, ...facts },
      board: [{ hostId: 'a', name: 'alpha.lab' }],
      looks: looked ? new Map([['alpha.lab', look]]) : new Map(),
      beingLookedAt: new Set(),
    },
    at,
  );
  if (group === undefined) throw new Error('There is no group.');
  return group;
}

const all = (days: number, over: Partial<Sighting> = {}): Sighting[] => [
  sighting('issued', days, over),
  sighting('deployed', days, over),
  sighting('served', days, over),
];

describe('what needs care', () => {
  it.each([
    [400, undefined, undefined],
    [31, undefined, undefined],
    [30, 'later', 'Expires in 30 days.'],
    [8, 'later', 'Expires in 8 days.'],
    [7, 'soon', 'Expires in 7 days.'],
    [2, 'soon', 'Expires in 2 days.'],
    [1.5, 'soon', 'Expires in 1 day.'],
    [1, 'now', 'Expires within a day.'],
    [0.1, 'now', 'Expires within a day.'],
    [-0.1, 'now', 'Expired less than a day ago.'],
    [-1.5, 'now', 'Expired 1 day ago.'],
    [-40.5, 'now', 'Expired 40 days ago.'],
  ])('with %s days left is %s: %s', (days, urgency, sentence) => {
    const expected = urgency === undefined ? undefined : { urgency, sentence, reason: 'ends' };
    expect(groupOf(all(days)).care).toEqual(expected);
    expect(groupOf(all(days), { looked: false }).care).toEqual(expected);
  });

  it('counts down as time passes', () => {
    const at = new Date(now.getTime() + 370 * day);
    expect(groupOf(all(400), { at }).care?.sentence).toBe('Expires in 30 days.');
  });

  it('is a daemon that shows another certificate than stands in its file', () => {
    const care = groupOf([
      sighting('issued', 400),
      sighting('deployed', 400),
      sighting('served', 60, { fingerprint: 'old' }),
    ]).care;
    expect(care).toEqual({
      urgency: 'soon',
      reason: 'differs',
      sentence: 'The daemon still shows another certificate, valid until 2027-01-20; renewing reloads it.',
    });
  });

  it('is a file that holds another certificate than was issued, by its place', () => {
    const place = 'qemu server';
    const files = [
      sighting('issued', 400, { place }),
      sighting('deployed', 300, { place, fingerprint: 'B' }),
    ];
    expect(groupOf(files).care?.sentence).toBe(
      'QEMU server: the file holds another certificate than was issued; renewing replaces it.',
    );
  });

  it('is the end of what stands in the file, not of what was only issued', () => {
    const files = [sighting('issued', 400), sighting('deployed', 3, { fingerprint: 'old' })];
    expect(groupOf(files).care?.sentence).toBe('Expires in 3 days.');
    const other = [sighting('issued', -3), sighting('deployed', 400, { fingerprint: 'new' })];
    expect(groupOf(other).care?.sentence).toMatch(/another certificate than was issued/);
  });

  it('is a certificate that is not in its file, once it was looked at', () => {
    const issued = [sighting('issued', 400), sighting('issued', 400, { place: 'qemu client' })];
    expect(groupOf(issued, { looked: false }).care).toBeUndefined();
    expect(groupOf(issued).care?.sentence).toMatch(
      /^2 certificates that were issued for it are not in its files/,
    );
  });

  it('is an authority that ends in the file of a host', () => {
    const authority = sighting('deployed', -1.5, { kind: 'authority', place: 'libvirt authority' });
    expect(groupOf([...all(400), authority]).care).toEqual({
      urgency: 'now',
      reason: 'ends',
      sentence: 'The authority that it trusts expired 1 day ago.',
    });
  });

  it('is a revoked certificate, before all else', () => {
    const facts = { revoked: new Set(['A']), revokedHosts: new Set(['alpha.lab']) };
    expect(groupOf([sighting('issued', -4)], { facts, looked: false }).care?.sentence).toMatch(/revoked/);
    // New ones were issued, and the old ones still stand there.
    const care = groupOf([sighting('issued', 400, { fingerprint: 'new' }), sighting('deployed', 400)], {
      facts: { revoked: new Set(['A']) },
    }).care;
    expect(care).toEqual({
      urgency: 'now',
      reason: 'revoked',
      sentence: 'Its certificates are revoked: other hosts refuse it.',
    });
  });

  it('is one that is not valid yet', () => {
    const notBefore = new Date(now.getTime() + day);
    expect(groupOf(all(400, { notBefore })).care?.sentence).toMatch(/^Not valid yet/);
  });

  it('is nothing at a host without certificates', () => {
    expect(groupOf([]).care).toBeUndefined();
    expect(
      careOf({ kind: 'host', bars: [], isRevoked: false, lookedAtMs: 1, problem: undefined }),
    ).toBeUndefined();
  });
});

describe('the groups', () => {
  it('begin with what needs care, and count hosts on the board and authorities only', () => {
    const of = (owner: string, days: number): Sighting => sighting('issued', days, { owner });
    const groups = calendarGroups(
      {
        facts: {
          ...noFacts,
          issued: [
            { ...of('Lab CA', 5), kind: 'authority', place: 'authority' },
            ...[of('fine.lab', 400), of('later.lab', 20), of('gone.lab', -9), of('now.lab', 0.5)],
          ],
        },
        board: ['fine.lab', 'later.lab', 'now.lab', 'bare.lab'].map((name) => ({
          hostId: `id-${name}`,
          name,
        })),
        looks: new Map(),
        beingLookedAt: new Set(['fine.lab']),
      },
      now,
    );
    expect(groups.map(({ owner, hostId, care }) => [owner, hostId, care?.urgency])).toEqual([
      ['now.lab', 'id-now.lab', 'now'],
      ['Lab CA', undefined, 'soon'],
      ['later.lab', 'id-later.lab', 'later'],
      ['fine.lab', 'id-fine.lab', undefined],
      ['bare.lab', 'id-bare.lab', undefined],
      ['gone.lab', undefined, 'now'],
    ]);
    expect(groups.find(({ owner }) => owner === 'fine.lab')?.isBeingLookedAt).toBe(true);
    expect(careCount(groups)).toBe(3);
  });
});

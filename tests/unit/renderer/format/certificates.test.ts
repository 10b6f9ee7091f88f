import { describe, expect, it } from 'vitest';
import type { CalendarBar, CalendarGroup } from '../../../../electron/ipc/views.ts';
import { calendarAxis } from '../../../../renderer/format/calendar-axis.ts';
import { firstToEnd, leftWords, placeRows } from '../../../../renderer/format/certificate-places.ts';
import { certificatesVerdict } from '../../../../renderer/format/certificates-verdict.ts';

const day = 86_400_000;
const now = Date.parse('2026-11-21T12:00:00Z');

function bar(
  seen: CalendarBar['seen'],
  place: string,
  days: number,
  over: Partial<CalendarBar> = {},
): CalendarBar {
  return {
    ...{
      seen,
      place,
      kind: 'certificate',
      fingerprint: 'A',
      stage: 'fine',
      isStale: false,
      isRevoked: false,
    },
    ...{ notBeforeMs: now - 10 * day, notAfterMs: now + days * day, daysLeft: Math.floor(days) },
    ...over,
  };
}

function group(bars: CalendarBar[], over: Partial<CalendarGroup> = {}): CalendarGroup {
  return {
    ...{
      owner: 'alpha.lab',
      kind: 'host',
      hostId: 'a',
      issuers: ['CA'],
      lookedAtMs: now,
      isBeingLookedAt: false,
    },
    ...{ problem: undefined, bars, care: undefined, isRevoked: false },
    ...over,
  };
}

describe('the axis', () => {
  const axis = calendarAxis([bar('issued', 'libvirt server', 712)], now);

  it('has today, 1, 7 and 30 days in order, each with room to be seen', () => {
    const marks = axis.marks.map(({ label }) => label);
    expect(marks).toEqual(['today', '1 d', '7 d', '30 d', '1 y', '2 y']);
    const percents = axis.marks.map(({ percent }) => percent);
    const steps = percents.slice(1).map((percent, index) => percent - (percents[index] ?? 0));
    expect(Math.min(...steps)).toBeGreaterThan(4);
  });

  it('puts a time where its mark is, and never beyond an end', () => {
    const week = axis.marks.find(({ label }) => label === '7 d')?.percent;
    expect(axis.at(now + 7 * day)).toBeCloseTo(week ?? -1);
    expect(axis.at(now - 9000 * day)).toBe(0);
    expect(axis.at(now + 9000 * day)).toBe(100);
  });

  it('reaches back to what ended, and on to what ends last', () => {
    const wide = calendarAxis([bar('issued', 'x', -400), bar('issued', 'x', 5 * 365)], now);
    expect(wide.at(now - 399 * day)).toBeGreaterThan(0);
    expect(wide.marks.at(-1)?.label).toBe('5 y');
  });
});

describe('the lines of a host', () => {
  it('say where each certificate was seen', () => {
    const rows = placeRows(
      group([
        bar('issued', 'qemu server', 700),
        bar('deployed', 'qemu server', 300, { isStale: true }),
        bar('issued', 'libvirt server', 700),
        bar('deployed', 'libvirt server', 700),
        bar('served', 'libvirt server', 10, { isStale: true }),
        bar('issued', 'libvirt client', 700),
        bar('deployed', 'qemu client', 700, { isRevoked: true }),
        bar('deployed', 'libvirt authority', 3000, { kind: 'authority' }),
      ]),
    );
    expect(rows.map(({ label, marks }) => [label, marks.map(({ words }) => words)])).toEqual([
      ['libvirt server', ['issued', 'on disk', 'another one served']],
      ['libvirt client', ['issued', 'not on disk']],
      ['QEMU server', ['issued', 'another one on disk']],
      ['QEMU client', ['not issued', 'revoked one on disk']],
      ['libvirt trusts', ['on disk']],
    ]);
    expect(firstToEnd(rows)?.daysLeft).toBe(10);
  });

  it('say that a host was not looked at, once', () => {
    const [row] = placeRows(group([bar('issued', 'libvirt server', 700)], { lookedAtMs: undefined }));
    expect(row?.marks.map(({ words, state }) => [words, state])).toEqual([
      ['issued', 'there'],
      ['not looked at', 'unknown'],
    ]);
  });

  it('count what stands in the file', () => {
    const [row] = placeRows(group([bar('issued', 'qemu server', 700), bar('deployed', 'qemu server', 30)]));
    expect(row?.counting.daysLeft).toBe(30);
  });

  it.each([
    [3600, 'fine', '3,600 days left'],
    [1, 'week', '1 day left'],
    [0, 'day', 'under a day left'],
    [-1, 'expired', 'ended within a day'],
    [-2, 'expired', 'ended 1 day ago'],
    [-41, 'expired', 'ended 40 days ago'],
    [700, 'not-yet-valid', 'not valid yet'],
  ] as const)('read %s days as %s: %s', (daysLeft, stage, words) => {
    expect(leftWords({ daysLeft, stage })).toBe(words);
  });
});

describe('the verdict', () => {
  const fine = group([bar('issued', 'libvirt server', 700)]);
  const now_ = { urgency: 'now', reason: 'ends', sentence: '' } as const;
  const later = { urgency: 'later', reason: 'ends', sentence: '' } as const;

  it.each([
    ['nothing', [], 'No host on the board has certificates yet.'],
    ['hosts without certificates', [group([])], 'No host on the board has certificates yet.'],
    [
      'a host that is gone',
      [{ ...fine, hostId: undefined, care: now_ }],
      'No host on the board has certificates yet.',
    ],
    ['a fine one', [fine], 'Nothing needs care. The next to end is alpha.lab: 700 days left.'],
    [
      'one that was not looked at',
      [{ ...fine, lookedAtMs: undefined }],
      'Nothing needs care by what was issued; no host was looked at yet.',
    ],
    [
      'two of which one was looked at',
      [{ ...fine, lookedAtMs: undefined }, fine],
      'Nothing needs care by what was issued; 1 of 2 hosts not looked at yet.',
    ],
    ['one with care', [{ ...fine, care: later }, fine], '1 of 2 hosts needs care.'],
    ['one with care now', [{ ...fine, care: now_ }], '1 of 1 host needs care now.'],
    [
      'some now',
      [{ ...fine, care: now_ }, { ...fine, care: later }, fine],
      '2 of 3 hosts need care, 1 of them now.',
    ],
  ])('of %s', (_what, hosts, sentence) => {
    expect(certificatesVerdict(hosts)).toBe(sentence);
  });
});

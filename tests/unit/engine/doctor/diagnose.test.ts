import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../../electron/engine/doctor/diagnose.ts';
import type { ActionKind, End, Situation } from '../../../../electron/engine/doctor/diagnosis.ts';
import { holdingOf, type Holding } from '../../../../electron/engine/doctor/holding.ts';
import { caseOf, present } from './any-case.ts';
import type { HostTruth } from '../../../../electron/engine/state/truth.ts';

const truths: Record<Holding, HostTruth> = {
  unreachable: { kind: 'unreachable', message: 'No route to host.' },
  unclear: present(0, 0),
  remainder: present(5, 0, false),
  serving: present(3, 12),
  'serving-failed': present(3, 13),
  fetching: present(1, 10),
  'fetching-failed': present(1, 11),
  runs: present(1, 1),
  held: present(3, 2),
  starting: present(3, 11),
  paused: present(3, 1),
  halted: present(3, 5),
  crashed: present(6, 1),
  off: present(5, 1),
  absent: { kind: 'absent' },
};
const all = Object.keys(truths) as Holding[];

type Row = [Holding, Holding[], Situation, { do: ActionKind; on: Holding }?];

/** Every pair once; no job is under way on either host, and there is no journal. */
const rows: Row[] = [
  ['unreachable', all, 'host unreachable'],
  ['unclear', all.slice(1), 'state not understood'],
  ['remainder', all.slice(2), 'state not understood'],

  ['serving', ['fetching', 'held', 'starting'], 'post-copy under way'],
  ['serving', ['fetching-failed'], 'post-copy failed'],
  ['serving', ['off', 'absent'], 'post-copy lost'],
  ['serving', ['runs'], 'runs, copy left'],
  ['serving', ['serving', 'serving-failed', 'paused', 'halted', 'crashed'], 'state not understood'],
  ['serving-failed', ['fetching', 'held', 'starting'], 'post-copy under way'],
  [
    'serving-failed',
    ['fetching-failed'],
    'post-copy failed',
    { do: 'recover-post-copy', on: 'serving-failed' },
  ],
  ['serving-failed', ['off', 'absent'], 'post-copy lost'],
  ['serving-failed', ['runs'], 'runs, copy left'],
  ['serving-failed', ['serving-failed', 'paused', 'halted', 'crashed'], 'state not understood'],
  ['fetching', ['fetching', 'fetching-failed', 'runs'], 'runs on both'],
  ['fetching', ['held', 'starting', 'paused', 'halted', 'crashed', 'off', 'absent'], 'state not understood'],
  ['fetching-failed', ['fetching-failed', 'runs'], 'runs on both'],
  ['fetching-failed', ['off', 'absent'], 'post-copy lost'],
  ['fetching-failed', ['held', 'starting', 'paused', 'halted', 'crashed'], 'state not understood'],

  ['runs', ['runs'], 'runs on both'],
  ['runs', ['held'], 'runs, copy left', { do: 'destroy', on: 'held' }],
  ['runs', ['starting'], 'runs, copy left', { do: 'destroy', on: 'starting' }],
  ['runs', ['paused', 'halted', 'crashed'], 'runs, another copy stands still'],
  ['runs', ['off'], 'runs, definition left', { do: 'undefine', on: 'off' }],
  ['runs', ['absent'], 'runs on one host'],

  ['held', ['held', 'starting', 'paused', 'halted', 'crashed'], 'stands still on both'],
  ['held', ['off'], 'held by a migration'],
  ['held', ['absent'], 'held by a migration', { do: 'resume', on: 'held' }],
  ['starting', ['starting', 'paused', 'halted', 'crashed'], 'stands still on both'],
  ['starting', ['off', 'absent'], 'starting'],
  ['paused', ['paused', 'halted', 'crashed'], 'stands still on both'],
  ['paused', ['off'], 'stands still on one host'],
  ['paused', ['absent'], 'stands still on one host', { do: 'resume', on: 'paused' }],
  ['halted', ['halted', 'crashed'], 'stands still on both'],
  ['halted', ['off', 'absent'], 'stands still on one host'],
  ['crashed', ['crashed'], 'stands still on both'],
  ['crashed', ['off', 'absent'], 'stands still on one host'],

  ['off', ['off'], 'shut off on both'],
  ['off', ['absent'], 'shut off'],
  ['absent', ['absent'], 'runs on neither'],
];
const pairs = rows.flatMap(([one, others, situation, offer]) =>
  others.map((other) => ({ one, other, situation, offer })),
);

const look = (source: Holding, destination: Holding) =>
  diagnose(caseOf({ truth: truths[source], job: 'none' }, { truth: truths[destination], job: 'none' }));

describe('every pair of states', () => {
  it('is in the table, once', () => {
    const told = pairs.map(({ one, other }) => [one, other].toSorted().join(' and '));
    const possible = all.flatMap((one, at) =>
      all.slice(at).map((other) => [one, other].toSorted().join(' and ')),
    );
    expect(told.toSorted()).toEqual(possible.toSorted());
    for (const [holding, truth] of Object.entries(truths)) expect(holdingOf(truth)).toBe(holding);
  });

  it.each(pairs)('$one and $other: $situation', ({ one, other, situation, offer }) => {
    for (const [source, destination] of [
      [one, other],
      [other, one],
    ] as const) {
      const { summary, advice, hosts, ...found } = look(source, destination);
      const host: End = offer?.on === source ? 'source' : 'destination';
      const actions = offer === undefined ? [] : [expect.objectContaining({ action: offer.do, host })];
      expect(found).toMatchObject({ situation, actions });
      // Whoever reads one sentence of it knows which host is which.
      expect(summary).toContain('alpha.lab');
      expect(summary).toContain('beta.lab');
      expect(hosts).toMatchObject({ source: { name: 'alpha.lab' }, destination: { name: 'beta.lab' } });
      const isFine = found.isHealthy && offer === undefined;
      expect(advice === '', advice).toBe(isFine);
    }
  });
});

const held = present(3, 2);
const absent: HostTruth = { kind: 'absent' };
const offered = (
  source: HostTruth,
  destination: HostTruth,
  past?: Parameters<typeof caseOf>[2],
): ActionKind[] =>
  diagnose(caseOf({ truth: source, job: 'none' }, { truth: destination, job: 'none' }, past)).actions.map(
    ({ action }) => action,
  );

describe('a guest that a migration left paused', () => {
  it('is not resumed where it left no trace if it ran on the other host: it had no definition', () => {
    expect(offered(present(3, 2, false), absent)).toEqual([]);
  });

  it.each([
    ['its machine never ran there', 6, ['resume']],
    ['the machine was ended there', 2, []],
    ['it shut down there', 1, []],
    ['it crashed there', 3, []],
    ['it left from there', 4, []],
    ['the daemon does not remember', 0, []],
  ])('is resumed beside a definition only where %s', (_why, reason, actions) => {
    expect(offered(held, present(5, reason))).toEqual(actions);
  });

  it('is resumed where the journal knows that Finish was not made, and not where it may have been', () => {
    const past = { finishMade: false, hasRun: false, keepsDefinition: false };
    const transient = present(3, 2, false);
    expect(offered(transient, absent, past)).toEqual(['resume']);
    expect(offered(held, present(5, 2), past)).toEqual(['resume']);
    expect(offered(held, present(5, 1), past), 'somebody ran it there').toEqual([]);
    expect(offered(transient, absent, { ...past, finishMade: true })).toEqual([]);
    expect(offered(held, absent, { ...past, hasRun: true })).toEqual([]);
  });

  it.each(['active', 'unknown', 'incoming'] as const)('is left alone while its job is %s', (job) => {
    const { actions } = diagnose(caseOf({ truth: held, job }, { truth: absent, job: 'none' }));
    expect(actions).toEqual([]);
  });
});

describe('a copy beside a guest that runs', () => {
  it.each([
    ['active', 'none'],
    ['unknown', 'none'],
    ['none', 'active'],
    ['none', 'unknown'],
  ] as const)('is left alone while the jobs are %s and %s', (job, other) => {
    const found = diagnose(caseOf({ truth: present(1, 1), job }, { truth: held, job: other }));
    expect(found).toMatchObject({ situation: 'migration under way', actions: [] });
  });

  it('is destroyed where it waits for a guest that nobody sends', () => {
    const found = diagnose(caseOf({ truth: present(1, 1), job: 'none' }, { truth: held, job: 'incoming' }));
    expect(found.actions).toMatchObject([{ action: 'destroy', host: 'destination' }]);
  });

  it('keeps its definition where that is the only one, or has a memory image', () => {
    expect(offered(present(1, 1, false), present(5, 1))).toEqual([]);
    expect(offered(present(1, 1), present(5, 5))).toEqual([]);
  });
});

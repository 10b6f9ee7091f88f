import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../electron/engine/fault.ts';
import { nextState, nextStep, outstanding } from '../../../electron/engine/state.ts';
import { ImpossibleEventError } from '../../../electron/engine/state/impossible-event-error.ts';
import type { MigrationEvent } from '../../../electron/engine/state/migration-event.ts';
import { initialState, isEnd } from '../../../electron/engine/state/migration-state.ts';
import type { MigrationState } from '../../../electron/engine/state/migration-state.ts';
import { destinationHolding, sourceHolding } from '../../../electron/engine/state/truth.ts';
import type { HostTruth, Truth } from '../../../electron/engine/state/truth.ts';

const fault: Fault = {
  code: 'test',
  side: 'source',
  phase: 'perform',
  message: 'It broke.',
  remedy: 'Mend it.',
};
const start = initialState({ changeProtection: true, undefineSource: true });

const present = (state: number, reason: number): HostTruth => ({ kind: 'present', state, reason });
const absent: HostTruth = { kind: 'absent' };
const unreachable: HostTruth = { kind: 'unreachable', message: 'no route' };
const truths = {
  running: present(1, 1),
  arrived: present(1, 2),
  held: present(3, 2),
  paused: present(3, 1),
  off: present(5, 6),
  postCopyFailed: present(3, 13),
  absent,
  unreachable,
};
type TruthName = keyof typeof truths;

const truth = (source: TruthName, destination: TruthName, destinationHasRun = false): Truth => ({
  source: truths[source],
  destination: truths[destination],
  destinationHasRun,
});

function replay(events: readonly MigrationEvent[], from: MigrationState = start): MigrationState {
  return events.reduce(nextState, from);
}

/** A call made and answered. */
function ok(...calls: ('begin' | 'prepare' | 'perform' | 'finish' | 'confirm')[]): MigrationEvent[] {
  return calls.flatMap((call): MigrationEvent[] => [
    { type: 'calling', call },
    call === 'begin' ? { type: 'replied', call, guestWasPaused: false } : { type: 'replied', call },
  ]);
}

const calling = (call: Extract<MigrationEvent, { type: 'calling' }>['call']): MigrationEvent => ({
  type: 'calling',
  call,
});
const failed = (call: Extract<MigrationEvent, { type: 'calling' }>['call']): MigrationEvent => ({
  type: 'failed',
  call,
  fault,
});
const lost = (side: 'source' | 'destination'): MigrationEvent => ({ type: 'lost', side, fault });

describe('nextState on the good path', () => {
  test('makes the five calls in order and ends migrated', () => {
    const steps: unknown[] = [];
    let state: MigrationState = start;
    while (!isEnd(state)) {
      const step = nextStep(state);
      steps.push(step);
      if (step === undefined || step === 'look') break;
      state = replay(ok(step as 'begin'), state);
    }
    expect(steps).toEqual(['begin', 'prepare', 'perform', 'finish', 'confirm']);
    expect(state).toEqual({ kind: 'migrated' });
  });
});

describe('nextState after a failed phase', () => {
  test.each<[string, MigrationEvent[], ReturnType<typeof nextStep> | 'end']>([
    ['begin: there is nothing to undo', [calling('begin'), failed('begin')], 'end'],
    [
      'prepare: only the job is ended',
      [...ok('begin'), calling('prepare'), failed('prepare')],
      'confirm-cancelled',
    ],
    [
      'perform: the destination is told, the source has no job any more',
      [...ok('begin', 'prepare'), calling('perform'), failed('perform')],
      'finish-cancelled',
    ],
    [
      'perform, then the destination is clean: look, no confirm',
      [
        ...ok('begin', 'prepare'),
        calling('perform'),
        failed('perform'),
        calling('finish-cancelled'),
        { type: 'replied', call: 'finish-cancelled' },
      ],
      'look',
    ],
    [
      'finish: the destination is looked at first',
      [...ok('begin', 'prepare', 'perform'), calling('finish'), failed('finish')],
      'look',
    ],
    [
      'confirm: look',
      [...ok('begin', 'prepare', 'perform', 'finish'), calling('confirm'), failed('confirm')],
      'look',
    ],
    [
      'an unfit data address: both are told',
      [...ok('begin', 'prepare'), { type: 'rejected', fault }],
      'finish-cancelled',
    ],
  ])('%s', (_name, events, step) => {
    const state = replay(events);
    expect(isEnd(state) ? 'end' : nextStep(state)).toBe(step);
  });

  test('without change protection a failed prepare leaves no job to end', () => {
    const unprotected = initialState({ changeProtection: false, undefineSource: true });
    const state = replay([...ok('begin'), calling('prepare'), failed('prepare')], unprotected);
    expect(nextStep(state)).toBe('look');
  });
});

describe('nextState after a lost connection', () => {
  test.each<[string, MigrationEvent[], ReturnType<typeof nextStep>]>([
    ['the source during begin', [calling('begin'), lost('source')], 'look'],
    ['the destination after begin', [...ok('begin'), lost('destination')], 'confirm-cancelled'],
    [
      'the destination during prepare',
      [...ok('begin'), calling('prepare'), lost('destination')],
      'confirm-cancelled',
    ],
    [
      'the source during prepare: its reply is awaited',
      [...ok('begin'), calling('prepare'), lost('source')],
      undefined,
    ],
    [
      'the source during perform',
      [...ok('begin', 'prepare'), calling('perform'), lost('source')],
      'finish-cancelled',
    ],
    [
      'the destination during perform: its reply is awaited',
      [...ok('begin', 'prepare'), calling('perform'), lost('destination')],
      undefined,
    ],
    [
      'the source after perform: the guest goes on to the destination',
      [...ok('begin', 'prepare', 'perform'), lost('source')],
      'finish',
    ],
    [
      'the destination after perform: finish was never called',
      [...ok('begin', 'prepare', 'perform'), lost('destination')],
      'confirm-cancelled',
    ],
    [
      'the destination during finish',
      [...ok('begin', 'prepare', 'perform'), calling('finish'), lost('destination')],
      'look',
    ],
    [
      'the source during finish: its reply is awaited',
      [...ok('begin', 'prepare', 'perform'), calling('finish'), lost('source')],
      undefined,
    ],
    [
      'the destination after finish',
      [...ok('begin', 'prepare', 'perform', 'finish'), lost('destination')],
      'confirm',
    ],
    ['the source after finish', [...ok('begin', 'prepare', 'perform', 'finish'), lost('source')], 'look'],
    [
      'the source during confirm',
      [...ok('begin', 'prepare', 'perform', 'finish'), calling('confirm'), lost('source')],
      'look',
    ],
  ])('%s', (_name, events, step) => {
    expect(nextStep(replay(events))).toBe(step);
  });

  test('losing both connections anywhere leads to looking at the hosts, or to an end', () => {
    const paths: MigrationEvent[] = ok('begin', 'prepare', 'perform', 'finish', 'confirm');
    for (let length = 0; length < paths.length; length += 1) {
      for (const order of [
        ['source', 'destination'],
        ['destination', 'source'],
      ] as const) {
        let state = replay(paths.slice(0, length));
        for (const side of order) if (!isEnd(state)) state = nextState(state, lost(side));
        const afterFinishDue = state.kind === 'performed';
        expect(isEnd(state) || state.kind === 'looking' || afterFinishDue).toBe(true);
      }
    }
  });
});

describe('what is done about what both hosts show', () => {
  const finishUnknown = replay([
    ...ok('begin', 'prepare', 'perform'),
    calling('finish'),
    lost('destination'),
    lost('source'),
  ]);
  const finishRefused = replay([
    ...ok('begin', 'prepare', 'perform'),
    calling('finish'),
    failed('finish'),
    lost('source'),
  ]);
  const performUnknown = replay([
    ...ok('begin', 'prepare'),
    calling('perform'),
    lost('destination'),
    lost('source'),
  ]);

  const outcomeOf = (state: MigrationState): unknown =>
    state.kind === 'stuck' ? `stuck: ${state.situation}` : isEnd(state) ? state.kind : nextStep(state);

  test.each<[TruthName, TruthName, string]>([
    ['held', 'arrived', 'destroy-source'],
    ['paused', 'arrived', 'destroy-source'],
    ['off', 'arrived', 'undefine-source'],
    ['absent', 'arrived', 'migrated'],
    ['running', 'arrived', 'stuck: runs on both'],
    ['unreachable', 'arrived', 'look'],
    ['held', 'absent', 'resume-source'],
    ['held', 'off', 'resume-source'],
    ['running', 'absent', 'failed'],
    ['absent', 'absent', 'stuck: runs on neither'],
    ['held', 'held', 'look'],
    ['held', 'unreachable', 'look'],
    ['unreachable', 'absent', 'look'],
    ['held', 'postCopyFailed', 'stuck: state not understood'],
  ])('finish unknown, source %s, destination %s: %s', (source, destination, expected) => {
    expect(outcomeOf(nextState(finishUnknown, { type: 'observed', truth: truth(source, destination) }))).toBe(
      expected,
    );
  });

  test('a destination that has run its guest keeps the source from being resumed', () => {
    const state = nextState(finishUnknown, { type: 'observed', truth: truth('held', 'absent', true) });
    expect(outcomeOf(state)).toBe('stuck: runs on neither');
  });

  test.each<[TruthName, TruthName, string]>([
    ['held', 'held', 'finish-cancelled'],
    ['absent', 'held', 'stuck: state not understood'],
    ['held', 'arrived', 'destroy-source'],
    ['held', 'absent', 'resume-source'],
  ])('finish refused, source %s, destination %s: %s', (source, destination, expected) => {
    expect(outcomeOf(nextState(finishRefused, { type: 'observed', truth: truth(source, destination) }))).toBe(
      expected,
    );
  });

  test.each<[TruthName, TruthName, string]>([
    ['running', 'held', 'destroy-destination'],
    ['running', 'absent', 'failed'],
    ['held', 'held', 'destroy-destination'],
    ['held', 'absent', 'resume-source'],
    ['held', 'unreachable', 'look'],
    ['held', 'arrived', 'stuck: state not understood'],
    ['absent', 'held', 'stuck: runs on neither'],
  ])('finish never called, source %s, destination %s: %s', (source, destination, expected) => {
    expect(
      outcomeOf(nextState(performUnknown, { type: 'observed', truth: truth(source, destination) })),
    ).toBe(expected);
  });

  test('an incoming guest that our prepare did not start is left alone', () => {
    const refused = replay([
      ...ok('begin'),
      calling('prepare'),
      failed('prepare'),
      calling('confirm-cancelled'),
    ]);
    const looking = nextState(refused, { type: 'replied', call: 'confirm-cancelled' });
    const state = nextState(looking, { type: 'observed', truth: truth('running', 'held') });
    expect(state).toMatchObject({ kind: 'failed', leftover: false });
  });

  test('when patience ends, what is not known is called so', () => {
    expect(nextState(finishUnknown, { type: 'gave-up' })).toMatchObject({
      kind: 'stuck',
      runningOn: 'unknown',
    });
  });
});

describe('whatever happens in whatever order', () => {
  const hostTruth = fc.constantFrom(...Object.values(truths));
  const anyTruth = fc.record({ source: hostTruth, destination: hostTruth, destinationHasRun: fc.boolean() });

  /** One of the events that can happen next, chosen by `pick`. */
  function possibleEvents(state: MigrationState, seen: Truth): MigrationEvent[] {
    const step = nextStep(state);
    const awaited = outstanding(state);
    const events: MigrationEvent[] = [{ type: 'cancel' }, lost('source'), lost('destination')];
    if (step === 'look') events.push({ type: 'observed', truth: seen }, { type: 'gave-up' });
    else if (step !== undefined) events.push({ type: 'calling', call: step }, { type: 'rejected', fault });
    if (awaited !== undefined) {
      events.push(
        awaited === 'begin'
          ? { type: 'replied', call: awaited, guestWasPaused: seen.destinationHasRun }
          : { type: 'replied', call: awaited },
        { type: 'failed', call: awaited, fault },
      );
    }
    return events;
  }

  const script = fc.array(fc.tuple(fc.nat(20), anyTruth), { maxLength: 60 });

  function walk(
    choices: readonly (readonly [number, Truth])[],
    visit: (
      before: MigrationState,
      event: MigrationEvent,
      after: MigrationState,
      history: readonly MigrationEvent[],
    ) => void,
  ): MigrationState {
    let state: MigrationState = start;
    const history: MigrationEvent[] = [];
    for (const [pick, seen] of choices) {
      if (isEnd(state)) break;
      const events = possibleEvents(state, seen);
      const event = events[pick % events.length];
      if (event === undefined) break;
      let after: MigrationState;
      try {
        after = nextState(state, event);
      } catch (error) {
        expect(error).toBeInstanceOf(ImpossibleEventError);
        continue;
      }
      history.push(event);
      visit(state, event, after, history);
      state = after;
    }
    return state;
  }

  test('the source is never let run once finish was called, unless the destination was seen without the guest', () => {
    fc.assert(
      fc.property(script, (choices) => {
        let lastSeen: Truth | undefined;
        walk(choices, (_before, event, _after, history) => {
          if (event.type === 'observed') lastSeen = event.truth;
          const resumes =
            event.type === 'calling' &&
            (event.call === 'resume-source' || event.call === 'confirm-cancelled');
          const finishCalled = history.some((past) => past.type === 'calling' && past.call === 'finish');
          if (!resumes || !finishCalled) return;
          expect(lastSeen && destinationHolding(lastSeen)).toBe('nothing');
        });
      }),
      { numRuns: 3_000 },
    );
  });

  test('the source copy is destroyed only when the destination was seen to have the guest', () => {
    fc.assert(
      fc.property(script, (choices) => {
        let lastSeen: Truth | undefined;
        walk(choices, (_before, event) => {
          if (event.type === 'observed') lastSeen = event.truth;
          const destroys = event.type === 'calling' && /^(destroy|undefine)-source$/.test(event.call);
          if (destroys) expect(lastSeen && destinationHolding(lastSeen)).toBe('arrived');
        });
      }),
      { numRuns: 3_000 },
    );
  });

  test('the destination copy is destroyed only while its guest never ran, and never as the last one', () => {
    fc.assert(
      fc.property(script, (choices) => {
        let lastSeen: Truth | undefined;
        walk(choices, (_before, event) => {
          if (event.type === 'observed') lastSeen = event.truth;
          if (event.type !== 'calling' || event.call !== 'destroy-destination') return;
          expect(lastSeen && destinationHolding(lastSeen)).toBe('incoming');
          expect(['running', 'held', 'paused']).toContain(lastSeen && sourceHolding(lastSeen.source));
        });
      }),
      { numRuns: 3_000 },
    );
  });

  test('every path comes to an end when nothing more succeeds', () => {
    fc.assert(
      fc.property(script, (choices) => {
        let state = walk(choices, () => undefined);
        for (let step = 0; step < 20 && !isEnd(state); step += 1) {
          const due = nextStep(state);
          const awaited = outstanding(state);
          if (due === 'look') state = nextState(state, { type: 'gave-up' });
          else if (due !== undefined) state = nextState(state, { type: 'calling', call: due });
          else if (awaited !== undefined) state = nextState(state, { type: 'failed', call: awaited, fault });
        }
        expect(isEnd(state)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  test('a replay from a journal gives the same state', () => {
    fc.assert(
      fc.property(script, (choices) => {
        const journal: string[] = [];
        const live = walk(choices, (_before, event) => journal.push(JSON.stringify(event)));
        const replayed = journal
          .map((line) => JSON.parse(line) as MigrationEvent)
          .reduce<MigrationState>(nextState, start);
        expect(JSON.parse(JSON.stringify(replayed))).toEqual(live);
      }),
    );
  });

  test('an end takes no event', () => {
    const end: MigrationState = { kind: 'migrated' };
    expect(() => nextState(end, { type: 'cancel' })).toThrow(ImpossibleEventError);
    expect(() => nextState(start, { type: 'replied', call: 'finish' })).toThrow(ImpossibleEventError);
    expect(() => nextState(start, { type: 'calling', call: 'finish' })).toThrow(ImpossibleEventError);
  });
});

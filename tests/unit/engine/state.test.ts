import { describe, expect, test } from 'vitest';
import { nextState, nextStep, shouldAbort } from '../../../electron/engine/state.ts';
import { ImpossibleEventError } from '../../../electron/engine/state/impossible-event-error.ts';
import type { MigrationEvent } from '../../../electron/engine/state/migration-event.ts';
import { initialState, isEnd } from '../../../electron/engine/state/migration-state.ts';
import type { MigrationState } from '../../../electron/engine/state/migration-state.ts';
import type { Truth } from '../../../electron/engine/state/truth.ts';
import { calling, failed, fault, lost, ok, peerStart, replay, start, truth } from './state-events.ts';
import type { TruthName } from './state-events.ts';

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
    const unprotected = initialState({ control: 'managed', changeProtection: false, undefineSource: true });
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
    ['held', 'postCopyFailed', 'stuck: post-copy failed'],
  ])('finish unknown, source %s, destination %s: %s', (source, destination, expected) => {
    expect(outcomeOf(nextState(finishUnknown, { type: 'observed', truth: truth(source, destination) }))).toBe(
      expected,
    );
  });

  describe('where Finish keeps a definition on the destination', () => {
    const brings = (definedBefore: boolean): MigrationState =>
      replay(
        [...ok('begin', 'prepare', 'perform'), calling('finish'), failed('finish'), lost('source')],
        initialState({
          ...{ control: 'managed', changeProtection: true, undefineSource: true },
          ...{ definesDestination: true, definedBefore },
        }),
      );

    test.each<[string, boolean, TruthName, TruthName, string]>([
      ['goes again once the guest runs on the source', false, 'running', 'off', 'undefine-destination'],
      ['waits until the guest runs on the source', false, 'held', 'off', 'resume-source'],
      ['stays where it was before', true, 'running', 'off', 'failed'],
      ['is not there', false, 'running', 'absent', 'failed'],
    ])('it %s', (_name, definedBefore, source, destination, expected) => {
      const observed: MigrationEvent = { type: 'observed', truth: truth(source, destination) };
      expect(outcomeOf(nextState(brings(definedBefore), observed))).toBe(expected);
    });
  });

  test.each<[TruthName, string]>([
    ['running', 'failed'],
    ['resumed', 'undefine-destination'],
  ])('a definition that came in peer-to-peer, with the source %s: %s', (source, expected) => {
    const moving = initialState({
      ...{ control: 'p2p', changeProtection: false, undefineSource: true, definesDestination: true },
    });
    const failedMove = replay([calling('move'), failed('move')], moving);
    const observed: MigrationEvent = { type: 'observed', truth: truth(source, 'off') };
    expect(outcomeOf(nextState(failedMove, observed))).toBe(expected);
  });

  describe('where the destination leaves the guest paused for us', () => {
    const moving = initialState({
      ...{ control: 'p2p', changeProtection: false, undefineSource: true, startsByUs: true },
    });
    const moved = replay([calling('move'), { type: 'replied', call: 'move' }], moving);
    const failedMove = replay([calling('move'), failed('move')], moving);

    test.each<[TruthName, string, string]>([
      ['absent', 'resume-destination', 'resume-destination'],
      ['off', 'resume-destination', 'resume-destination'],
      ['unreachable', 'resume-destination', 'look'],
      ['held', 'destroy-source', 'destroy-source'],
      ['running', 'destroy-waiting', 'destroy-waiting'],
      ['serving', 'stuck: state not understood', 'stuck: state not understood'],
    ])('source %s: told of success %s, else %s', (source, afterSuccess, otherwise) => {
      const observed: MigrationEvent = { type: 'observed', truth: truth(source, 'paused') };
      expect(outcomeOf(nextState(moved, observed))).toBe(afterSuccess);
      expect(outcomeOf(nextState(failedMove, observed))).toBe(otherwise);
    });

    test('one that has run there is not given up for a source that runs', () => {
      const observed: MigrationEvent = { type: 'observed', truth: truth('running', 'paused', true) };
      expect(outcomeOf(nextState(failedMove, observed))).toBe('stuck: state not understood');
    });

    test('it is known to wait there where it could not be set going in time', () => {
      const seen = nextState(moved, { type: 'observed', truth: truth('absent', 'unreachable') });
      expect(outcomeOf(nextState(seen, { type: 'gave-up' }))).toBe('stuck: waits on destination');
    });
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

  test.each<[TruthName, TruthName, string]>([
    ['running', 'held', 'abort-source'],
    ['held', 'held', 'destroy-destination'],
    ['running', 'absent', 'failed'],
    ['held', 'absent', 'resume-source'],
  ])(
    'a job of ours that is still sending, source %s, destination %s: %s',
    (source, destination, expected) => {
      const seen: Truth = { ...truth(source, destination), atWork: true };
      expect(outcomeOf(nextState(performUnknown, { type: 'observed', truth: seen }))).toBe(expected);
    },
  );

  test('what another daemon is still at is not said to have stayed', () => {
    const lostBoth = replay([calling('move'), lost('destination'), lost('source')], peerStart);
    const after = (atWork: boolean): MigrationState => {
      const seen: Truth = { ...truth('running', 'unreachable'), atWork };
      const state = nextState(lostBoth, { type: 'observed', truth: seen });
      return isEnd(state) ? state : nextState(state, { type: 'gave-up' });
    };
    expect(outcomeOf(after(true))).toBe('stuck: outcome unknown');
    expect(outcomeOf(after(false))).toBe('failed');
  });

  test.each<[TruthName, boolean | undefined, string]>([
    ['running', false, 'destroy-destination'],
    ['resumed', false, 'destroy-destination'],
    ['running', true, 'look'],
    ['running', undefined, 'look'],
    ['held', false, 'look'],
    ['absent', false, 'look'],
  ])(
    'an unfinished copy of a move that failed, source %s, its daemon at work %s: %s',
    (source, work, expected) => {
      const failedMove = replay([calling('move'), failed('move')], peerStart);
      const seen: Truth = {
        ...truth(source, 'held'),
        ...(work === undefined ? {} : { atWork: work }),
      };
      expect(outcomeOf(nextState(failedMove, { type: 'observed', truth: seen }))).toBe(expected);
    },
  );

  test('a daemon that waits for one that is silent is told to stop, once, and not after the switch', () => {
    const stalled: MigrationEvent = { type: 'stalled', fault };
    const moving = replay([calling('move'), lost('destination')], peerStart);
    const stopped = nextState(moving, stalled);
    expect(shouldAbort(stopped)).toBe(true);
    expect(() => nextState(stopped, stalled)).toThrow(ImpossibleEventError);
    expect(() => nextState(nextState(moving, { type: 'switching' }), stalled)).toThrow(ImpossibleEventError);
    const over = nextState(nextState(stopped, failed('move')), {
      type: 'observed',
      truth: truth('running', 'absent'),
    });
    expect(over).toMatchObject({ kind: 'failed', fault, leftover: false });
  });

  test.each([{ type: 'replied' }, { type: 'failed', fault }] as const)(
    'after a refused finish the source is released only when the destination was seen to be empty: $type',
    (answer) => {
      const refused = replay([
        ...ok('begin', 'prepare', 'perform'),
        calling('finish'),
        failed('finish'),
        { type: 'observed', truth: truth('held', 'held') },
        calling('finish-cancelled'),
        { ...answer, call: 'finish-cancelled' },
      ]);
      expect(nextStep(refused)).toBe('look');
      const seen = nextState(refused, { type: 'observed', truth: truth('held', 'absent') });
      expect(nextStep(seen)).toBe('confirm-cancelled');
    },
  );

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

describe('a run that was told to switch to post-copy', () => {
  const switched = replay([calling('move'), { type: 'switching' }], peerStart);
  const situationOf = (state: MigrationState): unknown =>
    state.kind === 'stuck' ? state.situation : isEnd(state) ? state.kind : nextStep(state);

  test('takes no cancel, unless the daemon said that it did not switch', () => {
    expect(() => nextState(switched, { type: 'cancel' })).toThrow();
    const refused = nextState(switched, { type: 'switch-refused' });
    expect(nextState(refused, { type: 'cancel' })).toMatchObject({ stop: { kind: 'cancel' } });
  });

  test('is a peer-to-peer one: in a managed one the guest would hang on our own connection', () => {
    const performing = replay([...ok('begin', 'prepare'), calling('perform')]);
    expect(() => nextState(performing, { type: 'switching' })).toThrow(ImpossibleEventError);
  });

  test.each<[TruthName, TruthName, unknown]>([
    ['serving', 'fetching', 'look'],
    ['postCopyFailed', 'fetching', 'look'],
    ['held', 'fetching', 'look'],
    ['off', 'fetching', 'look'],
    ['postCopyFailed', 'broken', 'post-copy failed'],
    ['unreachable', 'broken', 'post-copy failed'],
    ['serving', 'arrived', 'look'],
    ['postCopyFailed', 'arrived', 'look'],
    ['off', 'arrived', 'undefine-source'],
    ['serving', 'unreachable', 'look'],
    ['serving', 'absent', 'runs on neither'],
    ['postCopyFailed', 'held', 'look'],
    ['running', 'fetching', 'runs on both'],
  ])('its call failed, source %s, destination %s: %s', (source, destination, expected) => {
    const over = nextState(switched, failed('move'));
    expect(situationOf(nextState(over, { type: 'observed', truth: truth(source, destination) }))).toBe(
      expected,
    );
  });
});

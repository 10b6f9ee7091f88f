import { describe, expect, test } from 'vitest';
import { nextState, nextStep } from '../../../electron/engine/state.ts';
import { ImpossibleEventError } from '../../../electron/engine/state/impossible-event-error.ts';
import type { MigrationEvent } from '../../../electron/engine/state/migration-event.ts';
import type { MigrationState } from '../../../electron/engine/state/migration-state.ts';
import { calling, failed, fault, ok, peerStart, replay, start, truth } from './state-events.ts';
import type { TruthName } from './state-events.ts';

const interrupted: MigrationEvent = { type: 'interrupted', fault };

/** What is done next, or how it ended. */
function outcome(state: MigrationState): string {
  const step = nextStep(state);
  if (step !== undefined) return step;
  return state.kind === 'stuck' ? `stuck: ${state.situation}` : state.kind;
}

describe('a run that was killed', () => {
  test.each<[string, MigrationEvent[], [TruthName, TruthName, string][]]>([
    [
      'before its first call',
      [],
      [
        ['running', 'absent', 'failed'],
        ['held', 'absent', 'stuck: state not understood'],
      ],
    ],
    [
      'at begin',
      [calling('begin')],
      [
        ['running', 'absent', 'failed'],
        ['paused', 'absent', 'failed'],
      ],
    ],
    ['after begin', ok('begin'), [['running', 'absent', 'failed']]],
    [
      'at prepare',
      [...ok('begin'), calling('prepare')],
      [
        ['running', 'absent', 'failed'],
        ['running', 'held', 'destroy-destination'],
      ],
    ],
    ['after prepare', ok('begin', 'prepare'), [['running', 'absent', 'failed']]],
    [
      'in perform',
      [...ok('begin', 'prepare'), calling('perform')],
      [
        ['running', 'absent', 'failed'],
        ['held', 'absent', 'resume-source'],
        ['held', 'unreachable', 'look'],
        ['unreachable', 'absent', 'look'],
        ['held', 'arrived', 'stuck: state not understood'],
      ],
    ],
    [
      'after perform',
      ok('begin', 'prepare', 'perform'),
      [
        ['held', 'absent', 'resume-source'],
        ['held', 'off', 'resume-source'],
      ],
    ],
    [
      'at finish',
      [...ok('begin', 'prepare', 'perform'), calling('finish')],
      [
        ['held', 'arrived', 'destroy-source'],
        ['held', 'absent', 'resume-source'],
        ['held', 'held', 'look'],
        ['held', 'unreachable', 'look'],
        ['off', 'arrived', 'undefine-source'],
        ['absent', 'arrived', 'migrated'],
        ['running', 'arrived', 'stuck: runs on both'],
      ],
    ],
    [
      'after finish',
      ok('begin', 'prepare', 'perform', 'finish'),
      [
        ['held', 'arrived', 'destroy-source'],
        ['held', 'absent', 'stuck: runs on neither'],
      ],
    ],
    [
      'at confirm',
      [...ok('begin', 'prepare', 'perform', 'finish'), calling('confirm')],
      [
        ['absent', 'arrived', 'migrated'],
        ['held', 'arrived', 'destroy-source'],
      ],
    ],
    [
      'while it turned back',
      [...ok('begin', 'prepare'), calling('perform'), failed('perform'), calling('finish-cancelled')],
      [
        ['running', 'absent', 'failed'],
        ['running', 'held', 'destroy-destination'],
      ],
    ],
    [
      'while it acted on what it had seen: both are asked again',
      [
        ...ok('begin', 'prepare', 'perform'),
        calling('finish'),
        { type: 'lost', side: 'source', fault },
        { type: 'lost', side: 'destination', fault },
        { type: 'observed', truth: truth('held', 'absent') },
        calling('resume-source'),
      ],
      [
        ['held', 'arrived', 'destroy-source'],
        ['running', 'absent', 'failed'],
      ],
    ],
  ])('%s', (_when, events, sights) => {
    const state = nextState(replay(events), interrupted);
    expect(nextStep(state)).toBe('look');
    for (const [source, destination, next] of sights) {
      const seen = nextState(state, { type: 'observed', truth: truth(source, destination) });
      expect(outcome(seen), `${source}, ${destination}`).toBe(next);
    }
  });

  test('peer-to-peer: what the daemon does goes on, and nothing is claimed before it has ended', () => {
    const state = nextState(replay([calling('move')], peerStart), interrupted);
    const at = (atWork: boolean, source: TruthName, destination: TruthName): string =>
      outcome(nextState(state, { type: 'observed', truth: { ...truth(source, destination), atWork } }));
    expect(at(true, 'running', 'held')).toBe('look');
    expect(at(true, 'held', 'arrived')).toBe('look');
    expect(at(false, 'absent', 'arrived')).toBe('migrated');
    expect(at(false, 'running', 'absent')).toBe('failed');
  });

  test('peer-to-peer, switched to post-copy: the daemons are waited for, and nothing is touched', () => {
    const state = nextState(replay([calling('move'), { type: 'switching' }], peerStart), interrupted);
    const at = (atWork: boolean, source: TruthName, destination: TruthName): string =>
      outcome(nextState(state, { type: 'observed', truth: { ...truth(source, destination), atWork } }));
    expect(at(true, 'serving', 'fetching')).toBe('look');
    expect(at(false, 'serving', 'fetching')).toBe('look');
    expect(at(false, 'absent', 'arrived')).toBe('migrated');
    expect(at(true, 'serving', 'broken')).toBe('stuck: post-copy failed');
    expect(at(false, 'serving', 'absent')).toBe('stuck: runs on neither');
  });

  test('a wish to cancel is remembered, and is how it ends', () => {
    const state = replay([...ok('begin'), calling('prepare'), { type: 'cancel' }, interrupted]);
    const end = nextState(state, { type: 'observed', truth: truth('running', 'absent') });
    expect(end).toMatchObject({ kind: 'cancelled' });
  });

  test('an end is not interrupted: success least of all', () => {
    const end = replay(ok('begin', 'prepare', 'perform', 'finish', 'confirm'));
    expect(() => nextState(end, interrupted)).toThrow(ImpossibleEventError);
  });
});

describe('a call whose intent could not be written down is not made', () => {
  test.each<[string, MigrationEvent[], MigrationEvent, string[]]>([
    ['begin', [calling('begin')], { type: 'unwritten', call: 'begin', fault }, ['failed']],
    [
      'prepare',
      [...ok('begin'), calling('prepare')],
      { type: 'unwritten', call: 'prepare', fault },
      ['confirm-cancelled'],
    ],
    [
      'perform',
      [...ok('begin', 'prepare'), calling('perform')],
      { type: 'unwritten', call: 'perform', fault },
      ['finish-cancelled', 'confirm-cancelled'],
    ],
    [
      'finish',
      [...ok('begin', 'prepare', 'perform'), calling('finish')],
      { type: 'unwritten', call: 'finish', fault },
      ['finish-cancelled', 'confirm-cancelled'],
    ],
  ])('%s', (_call, events, event, undone) => {
    let state = nextState(replay(events), event);
    const steps: string[] = [];
    for (let step = nextStep(state); step !== undefined && step !== 'look'; step = nextStep(state)) {
      steps.push(step);
      state = replay([calling(step), { type: 'replied', call: step as 'prepare' }], state);
    }
    const end =
      nextStep(state) === 'look'
        ? nextState(state, { type: 'observed', truth: truth('running', 'absent') })
        : state;
    expect(steps.length === 0 ? [end.kind] : steps).toEqual(undone);
    expect(end).toEqual({ kind: 'failed', fault, leftover: false });
  });

  test('move: nothing was asked of any host', () => {
    const state = replay([calling('move'), { type: 'unwritten', call: 'move', fault }], peerStart);
    expect(state).toEqual({ kind: 'failed', fault, leftover: false });
  });

  test('nothing else is taken for it', () => {
    const unwritten: MigrationEvent = { type: 'unwritten', call: 'finish', fault };
    expect(() => nextState(start, unwritten)).toThrow(ImpossibleEventError);
    expect(() => replay([calling('begin'), unwritten])).toThrow(ImpossibleEventError);
  });
});

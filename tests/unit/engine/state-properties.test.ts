import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextState, nextStep, outstanding, shouldAbort } from '../../../electron/engine/state.ts';
import { ImpossibleEventError } from '../../../electron/engine/state/impossible-event-error.ts';
import type { MigrationEvent } from '../../../electron/engine/state/migration-event.ts';
import { isCopying, isEnd } from '../../../electron/engine/state/migration-state.ts';
import type { MigrationState } from '../../../electron/engine/state/migration-state.ts';
import { destinationHolding, sourceHolding } from '../../../electron/engine/state/truth.ts';
import type { Truth } from '../../../electron/engine/state/truth.ts';
import { anyScript, walk, type Script } from './any-run.ts';
import { fault, peerStart, start } from './state-events.ts';

describe.each([
  ['managed', start],
  ['peer-to-peer', peerStart],
])('whatever happens in whatever order, %s', (_control, start) => {
  const walkFrom = (choices: Script, visit: Parameters<typeof walk>[2]): MigrationState =>
    walk(start, choices, visit);

  test('the source is never let run once finish was called, unless the destination was seen without the guest', () => {
    fc.assert(
      fc.property(anyScript, (choices) => {
        let lastSeen: Truth | undefined;
        walkFrom(choices, (_before, event, _after, history) => {
          if (event.type === 'observed') lastSeen = event.truth;
          const resumes =
            event.type === 'calling' &&
            (event.call === 'resume-source' || event.call === 'confirm-cancelled');
          const finishCalled = history.some(
            (past) => past.type === 'calling' && (past.call === 'finish' || past.call === 'move'),
          );
          if (!resumes || !finishCalled) return;
          expect(lastSeen && destinationHolding(lastSeen)).toBe('nothing');
        });
      }),
      { numRuns: 3_000 },
    );
  });

  test('the source copy is destroyed only when the destination was seen to have the guest', () => {
    fc.assert(
      fc.property(anyScript, (choices) => {
        let lastSeen: Truth | undefined;
        walkFrom(choices, (_before, event) => {
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
      fc.property(anyScript, (choices) => {
        let lastSeen: Truth | undefined;
        walkFrom(choices, (_before, event) => {
          if (event.type === 'observed') lastSeen = event.truth;
          if (event.type !== 'calling' || event.call !== 'destroy-destination') return;
          expect(lastSeen && destinationHolding(lastSeen)).toBe('incoming');
          expect(['running', 'held', 'paused']).toContain(lastSeen && sourceHolding(lastSeen.source));
        });
      }),
      { numRuns: 3_000 },
    );
  });

  test('while the source’s daemon may be moving the guest, nothing is done to it and nothing is claimed', () => {
    fc.assert(
      fc.property(anyScript, (choices) => {
        walkFrom(choices, (before, event, after) => {
          if (before.kind !== 'moving' || event.type !== 'observed') return;
          if (event.truth.atWork === false && event.truth.source.kind !== 'unreachable') return;
          // What post-copy left behind when it failed stays for as long as nobody takes it up again.
          if (destinationHolding(event.truth) === 'broken') return;
          expect(after.kind).toBe('moving');
        });
      }),
      { numRuns: 3_000 },
    );
  });

  test('a guest is said to be on a host only if it was seen there last, or never began to leave', () => {
    fc.assert(
      fc.property(anyScript, (choices) => {
        let lastSeen: Truth | undefined;
        walkFrom(choices, (before, event, after, history) => {
          if (event.type === 'observed') lastSeen = event.truth;
          if (before.kind !== 'looking' && before.kind !== 'moving') return;
          if (before.course.control !== 'p2p') return;
          if (!history.some((past) => past.type === 'calling' && past.call === 'move')) return;
          if (after.kind === 'migrated') expect(lastSeen && destinationHolding(lastSeen)).toBe('arrived');
          if (after.kind !== 'failed' && after.kind !== 'cancelled') return;
          expect(['running', 'held', 'paused']).toContain(lastSeen && sourceHolding(lastSeen.source));
          expect(lastSeen && destinationHolding(lastSeen)).not.toBe('arrived');
        });
      }),
      { numRuns: 3_000 },
    );
  });

  test('while the guest may need both hosts, neither is touched and nothing is cancelled', () => {
    fc.assert(
      fc.property(anyScript, (choices) => {
        let lastSeen: Truth | undefined;
        walkFrom(choices, (before, event) => {
          if (event.type === 'observed') lastSeen = event.truth;
          const switched = !isEnd(before) && before.course.switched;
          const looked = before.kind === 'looking' || before.kind === 'settling';
          if (switched && isCopying(before)) {
            expect(shouldAbort(before)).toBe(false);
            expect(event.type).not.toBe('cancel');
          }
          if (event.type !== 'calling' || !/-(source|destination|cancelled)$/.test(event.call)) return;
          if (switched) expect(lastSeen, 'nothing is undone unseen').toBeDefined();
          if (lastSeen === undefined || !looked) return;
          expect(sourceHolding(lastSeen.source)).not.toBe('serving');
          expect(['fetching', 'broken']).not.toContain(destinationHolding(lastSeen));
        });
      }),
      { numRuns: 3_000 },
    );
  });

  test('every path comes to an end when nothing more succeeds', () => {
    fc.assert(
      fc.property(anyScript, (choices) => {
        let state = walkFrom(choices, () => undefined);
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
      fc.property(anyScript, (choices) => {
        const journal: string[] = [];
        const live = walkFrom(choices, (_before, event) => journal.push(JSON.stringify(event)));
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

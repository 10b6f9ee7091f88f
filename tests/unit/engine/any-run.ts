import fc from 'fast-check';
import { expect } from 'vitest';
import { nextState, nextStep, outstanding } from '../../../electron/engine/state.ts';
import { ImpossibleEventError } from '../../../electron/engine/state/impossible-event-error.ts';
import type { MigrationEvent } from '../../../electron/engine/state/migration-event.ts';
import { isEnd } from '../../../electron/engine/state/migration-state.ts';
import type { MigrationState } from '../../../electron/engine/state/migration-state.ts';
import type { Truth } from '../../../electron/engine/state/truth.ts';
import { fault, lost, truths } from './state-events.ts';

const hostTruth = fc.constantFrom(...Object.values(truths));
const anyTruth = fc.record({ source: hostTruth, destination: hostTruth, destinationHasRun: fc.boolean() });

export type Script = readonly (readonly [number, Truth])[];

/** Choices among what can happen next, again and again, with what is seen where somebody looks. */
export const anyScript = fc.array(fc.tuple(fc.nat(20), anyTruth), { maxLength: 60 });

/** What can happen next; what is likely is there more than once. */
function possibleEvents(state: MigrationState, seen: Truth): MigrationEvent[] {
  const step = nextStep(state);
  const awaited = outstanding(state);
  const events: MigrationEvent[] = [
    { type: 'cancel' },
    lost('source'),
    lost('destination'),
    { type: 'interrupted', fault },
  ];
  const observed: MigrationEvent = { type: 'observed', truth: seen };
  if (step === 'look') {
    const atWork: MigrationEvent = { type: 'observed', truth: { ...seen, atWork: seen.destinationHasRun } };
    events.push(observed, observed, atWork, atWork, { type: 'gave-up' });
  } else if (step !== undefined) {
    const call: MigrationEvent = { type: 'calling', call: step };
    events.push(call, call, call, call, { type: 'rejected', fault });
  }
  if (awaited === 'move') {
    events.push({ type: 'switching' }, { type: 'switch-refused' }, { type: 'stalled', fault });
  }
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

/** Runs a script from a state; what cannot happen then is passed over. */
export function walk(
  start: MigrationState,
  choices: Script,
  visit: (
    before: MigrationState,
    event: MigrationEvent,
    after: MigrationState,
    history: readonly MigrationEvent[],
  ) => void,
): MigrationState {
  let state = start;
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

import { ImpossibleEventError } from './impossible-event-error.ts';
import type { MigrationEvent } from './migration-event.ts';
import type { CallOutcome, MigrationState, UnwindingState } from './migration-state.ts';
import { afterGivingUp, afterLook } from './recovery.ts';
import { look, turnBack } from './turn-back.ts';

/** The run turned back, or its outcome has to be found out. */
export function nextUnwinding(state: UnwindingState, event: MigrationEvent): MigrationState {
  if (event.type === 'lost') return lost(state, event.side);
  switch (state.kind) {
    case 'stopping-destination':
    case 'releasing-source':
      return nextCancelCall(state, event);
    case 'looking':
      if (event.type === 'observed') return afterLook(state, event.truth);
      if (event.type === 'gave-up') return afterGivingUp(state);
      break;
    case 'settling':
      if (event.type === 'calling' && event.call === state.action && !state.sent)
        return { ...state, sent: true };
      // Done or refused, only the hosts can tell what it came to.
      if (
        (event.type === 'replied' || event.type === 'failed') &&
        event.call === state.action &&
        state.sent
      ) {
        return look(state, state.actionsTaken);
      }
      break;
  }
  throw new ImpossibleEventError(state, event);
}

type CancelCallState = Extract<UnwindingState, { kind: 'stopping-destination' | 'releasing-source' }>;

const callOf = {
  'stopping-destination': 'finish-cancelled',
  'releasing-source': 'confirm-cancelled',
} as const;

function nextCancelCall(state: CancelCallState, event: MigrationEvent): MigrationState {
  const call = callOf[state.kind];
  if ('call' in event && event.call === call) {
    if (event.type === 'calling' && !state.sent) return { ...state, sent: true };
    if (event.type === 'replied' && state.sent) return afterCancelCall(state, 'done');
    if (event.type === 'failed' && state.sent) return afterCancelCall(state, 'refused');
  }
  throw new ImpossibleEventError(state, event);
}

function afterCancelCall(state: CancelCallState, outcome: CallOutcome): MigrationState {
  const calls = { ...state.calls, [callOf[state.kind]]: outcome };
  const situation = { ...state, calls };
  // Once Finish was called, the source is released only on what the destination shows.
  return calls.finish === 'not made' ? turnBack(situation) : look(situation);
}

function lost(state: UnwindingState, side: 'source' | 'destination'): MigrationState {
  const flagged: UnwindingState =
    side === 'source' ? { ...state, sourceLost: true } : { ...state, destinationLost: true };
  const stranded =
    (flagged.kind === 'stopping-destination' && side === 'destination') ||
    (flagged.kind === 'releasing-source' && side === 'source');
  return stranded ? afterCancelCall(flagged, flagged.sent ? 'unknown' : 'not made') : flagged;
}

import type { Fault } from '../fault.ts';
import { callOfInFlight, isDue, isInFlight } from './forward-path.ts';
import type { CallOutcome, EndState, Looking, MigrationState, MovingState } from './migration-state.ts';
import { callsBehind } from './next-due.ts';
import { callsUpTo, failure, look, reasonOf } from './turn-back.ts';
import type { Situation } from './turn-back.ts';

/**
 * The state of a run that is taken up again after what drove it was killed: nothing is gone on with. Both hosts are
 * asked first, whatever was known of them before, because time has passed. A daemon that moves the guest by itself goes
 * on with that.
 */
export function interrupted(state: Exclude<MigrationState, EndState>, fault: Fault): Looking | MovingState {
  if (state.kind === 'moving') {
    const unanswered = state.unanswered ?? fault;
    return { ...state, sourceLost: true, destinationLost: true, unanswered, last: null };
  }
  return look(
    { ...situationOf(state, fault), sourceLost: true, destinationLost: true },
    'actionsTaken' in state ? state.actionsTaken : 0,
  );
}

function situationOf(
  state: Exclude<MigrationState, EndState | MovingState>,
  fault: Fault,
): Omit<Situation, 'sourceLost' | 'destinationLost'> {
  const { course } = state;
  if (isDue(state)) {
    return { course, calls: callsBehind(state), reason: failure(fault) };
  }
  if (isInFlight(state)) {
    const calls = callsUpTo(course, callOfInFlight[state.kind], 'unknown');
    return { course, calls, reason: reasonOf(state.stop, fault) };
  }
  const { reason, calls } = state;
  switch (state.kind) {
    case 'stopping-destination':
      return { course, reason, calls: { ...calls, 'finish-cancelled': sentOrNot(state.sent) } };
    case 'releasing-source':
      return { course, reason, calls: { ...calls, 'confirm-cancelled': sentOrNot(state.sent) } };
    case 'looking':
    case 'settling':
      return { course, reason, calls };
  }
}

function sentOrNot(sent: boolean): CallOutcome {
  return sent ? 'unknown' : 'not made';
}

import type { Fault, StopReason } from '../fault.ts';
import { ImpossibleEventError } from './impossible-event-error.ts';
import type { MigrationEvent } from './migration-event.ts';
import type { Looking, MigrationState, MovingState } from './migration-state.ts';
import { afterGivingUp, afterLook } from './recovery.ts';
import { callsOfMove, failure, look, reasonOf } from './turn-back.ts';
import { destinationHolding } from './truth.ts';
import type { Truth } from './truth.ts';

/** The source's daemon moves the guest by itself. However that ends, both hosts are looked at. */
export function nextMoving(state: MovingState, event: MigrationEvent): MigrationState {
  switch (event.type) {
    case 'replied':
      if (event.call !== 'move' || state.unanswered !== null) break;
      return over(state, 'done', state.stop ?? failure(reportedDone));
    case 'failed':
      if (event.call !== 'move' || state.unanswered !== null) break;
      return over(state, 'unknown', reasonOf(state.stop, event.fault));
    case 'unwritten':
      if (event.call !== 'move' || state.unanswered !== null) break;
      return neverBegun(state, event.fault);
    case 'cancel':
      if (state.course.switched) break;
      return state.stop === null ? { ...state, stop: { kind: 'cancel', fault: event.fault ?? null } } : state;
    case 'switching':
      if (state.stop !== null) break;
      return { ...state, course: { ...state.course, switched: true } };
    case 'switch-refused':
      if (!state.course.switched) break;
      return { ...state, course: { ...state.course, switched: false } };
    case 'stalled':
      if (state.stop !== null || state.course.switched) break;
      return { ...state, stop: failure(event.fault) };
    case 'lost':
      if (event.side === 'destination') return { ...state, destinationLost: true };
      return { ...state, sourceLost: true, unanswered: state.unanswered ?? event.fault };
    case 'observed':
      if (state.unanswered === null) break;
      return observed(state, state.unanswered, event.truth);
    case 'gave-up':
      if (state.unanswered === null) break;
      return afterGivingUp({ ...unanswered(state, state.unanswered), last: state.last });
    case 'calling':
    case 'rejected':
    case 'interrupted':
      break;
  }
  throw new ImpossibleEventError(state, event);
}

function neverBegun(state: MovingState, fault: Fault): MigrationState {
  const reason = reasonOf(state.stop, fault);
  return reason.kind === 'cancel'
    ? { kind: 'cancelled', fault: reason.fault, leftover: false }
    : { kind: 'failed', fault: reason.fault, leftover: false };
}

/** While the daemon is at work, or cannot be asked whether it is, the states of the guest say nothing about the end. */
function observed(state: MovingState, fault: Fault, truth: Truth): MigrationState {
  // A job whose post-copy failed stays open, so that it can be taken up again.
  const isBroken = destinationHolding(truth) === 'broken';
  if (!isBroken && (truth.atWork !== false || truth.source.kind === 'unreachable'))
    return { ...state, last: truth };
  return afterLook(unanswered(state, fault), truth);
}

function unanswered(state: MovingState, fault: Fault): Looking {
  return over(state, 'unknown', reasonOf(state.stop, fault));
}

function over(state: MovingState, outcome: 'done' | 'unknown', reason: StopReason): Looking {
  return look({ ...state, calls: callsOfMove(outcome), reason });
}

/** Told only where the hosts then show something else than that. */
const reportedDone: Fault = {
  code: 'engine.reported-done',
  side: 'source',
  phase: 'confirm',
  message: 'The daemon of the source reported that the guest has moved.',
  remedy: '',
};

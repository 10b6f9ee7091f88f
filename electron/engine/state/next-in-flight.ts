import type { Fault, StopReason } from '../fault.ts';
import { callOfInFlight, doneOf } from './forward-path.ts';
import { ImpossibleEventError } from './impossible-event-error.ts';
import type { MigrationEvent } from './migration-event.ts';
import type { CallOutcome, InFlightState, MigrationState } from './migration-state.ts';
import { callsUpTo, failure, look, reasonOf, turnBack } from './turn-back.ts';

/** A call of the good path has not answered yet. */
export function nextInFlight(state: InFlightState, event: MigrationEvent): MigrationState {
  switch (event.type) {
    case 'replied':
      if (event.call !== callOfInFlight[state.kind]) break;
      return event.call === 'begin' ? begun(state, event.guestWasPaused) : replied(state);
    case 'failed':
      if (event.call !== callOfInFlight[state.kind]) break;
      return failed(state, event.fault);
    case 'cancel':
      if (state.kind === 'finishing' || state.kind === 'confirming') break;
      return state.stop === null ? { ...state, stop: { kind: 'cancel', fault: event.fault ?? null } } : state;
    case 'lost':
      return event.side === 'source' ? sourceLost(state, event.fault) : destinationLost(state, event.fault);
    case 'unwritten':
      if (event.call !== callOfInFlight[state.kind]) break;
      return notMade(state, event.fault);
    case 'calling':
    case 'rejected':
    case 'interrupted':
    case 'observed':
    case 'gave-up':
    case 'switching':
    case 'switch-refused':
      break;
  }
  throw new ImpossibleEventError(state, event);
}

function begun(state: InFlightState, guestWasPaused: boolean): MigrationState {
  return replied({ ...state, course: { ...state.course, guestWasPaused } });
}

function replied(state: InFlightState): MigrationState {
  const { course, sourceLost, destinationLost, stop } = state;
  if (state.kind === 'confirming') return { kind: 'migrated' };
  if (state.kind === 'finishing') {
    return sourceLost
      ? look({
          ...state,
          calls: callsUpTo(state.course, 'finish', 'done'),
          reason: stop ?? failure(sourceGone),
        })
      : { kind: 'finished', course, sourceLost, destinationLost };
  }
  if (stop !== null) return back(state, 'done', stop);
  return { kind: doneOf[callOfInFlight[state.kind]], course, sourceLost, destinationLost };
}

function failed(state: InFlightState, fault: Fault): MigrationState {
  const reason = reasonOf(state.stop, fault);
  switch (state.kind) {
    case 'beginning':
      return reason.kind === 'cancel'
        ? { kind: 'cancelled', fault: reason.fault, leftover: false }
        : { kind: 'failed', fault: reason.fault, leftover: false };
    case 'preparing':
    case 'performing':
      return back(state, 'refused', reason);
    case 'finishing':
    case 'confirming':
      return lookAfter(state, 'refused', reason);
  }
}

/** Turned back before the call; what was done until then is undone. */
function notMade(state: InFlightState, fault: Fault): MigrationState {
  if (state.kind === 'beginning') return failed(state, fault);
  return back(state, 'not made', reasonOf(state.stop, fault));
}

function sourceLost(state: InFlightState, fault: Fault): MigrationState {
  if (state.sourceLost) return state;
  const lost = { ...state, sourceLost: true, stop: reasonOf(state.stop, fault) };
  switch (state.kind) {
    case 'preparing':
    case 'finishing':
      return lost;
    case 'performing':
    case 'beginning':
      return back(lost, 'unknown', lost.stop);
    case 'confirming':
      return look({ ...lost, calls: callsUpTo(state.course, 'confirm', 'unknown'), reason: lost.stop });
  }
}

function destinationLost(state: InFlightState, fault: Fault): MigrationState {
  if (state.destinationLost) return state;
  const lost = { ...state, destinationLost: true, stop: reasonOf(state.stop, fault) };
  switch (state.kind) {
    case 'beginning':
    case 'performing':
      return lost;
    case 'preparing':
      return back(lost, 'unknown', lost.stop);
    case 'finishing':
      return look({ ...lost, calls: callsUpTo(state.course, 'finish', 'unknown'), reason: lost.stop });
    case 'confirming':
      return { ...state, destinationLost: true };
  }
}

function lookAfter(state: InFlightState, outcome: CallOutcome, reason: StopReason): MigrationState {
  return look({ ...state, calls: callsUpTo(state.course, callOfInFlight[state.kind], outcome), reason });
}

/** Told only where the hosts then show something else than that the guest has arrived. */
const sourceGone: Fault = {
  code: 'connection-lost',
  side: 'source',
  phase: 'finish',
  message: 'The connection to the source was lost.',
  remedy: 'Check the network to that host and that its libvirt daemon runs.',
};

function back(state: InFlightState, outcome: CallOutcome, reason: StopReason): MigrationState {
  return turnBack({ ...state, calls: callsUpTo(state.course, callOfInFlight[state.kind], outcome), reason });
}

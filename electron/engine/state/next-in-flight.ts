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
      if (state.kind === 'finishing' || state.kind === 'confirming' || state.course.switched) break;
      return state.stop === null ? { ...state, stop: { kind: 'cancel', fault: event.fault ?? null } } : state;
    case 'switching':
      if (state.kind !== 'performing' || state.stop !== null) break;
      return switchedTo(state, true);
    case 'switch-refused':
      if (state.kind !== 'performing' || !state.course.switched) break;
      return switchedTo(state, false);
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
      break;
  }
  throw new ImpossibleEventError(state, event);
}

function switchedTo(state: InFlightState, switched: boolean): MigrationState {
  return { ...state, course: { ...state.course, switched } };
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
  // In post-copy there is a stop only where the destination's connection is lost, and Finish with it.
  if (stop !== null) return course.switched ? lookAfter(state, 'done', stop) : back(state, 'done', stop);
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
      return state.course.switched ? lookAfter(state, 'refused', reason) : back(state, 'refused', reason);
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
      if (state.course.switched) return withoutSource(lost);
      return back(lost, 'unknown', lost.stop);
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

/**
 * Perform was told to switch to post-copy, and its reply will not come. The destination waits for the switch by itself
 * (qemuMigrationDstWaitForCompletion), so Finish is sent at once: before it the guest hangs on our connection there.
 */
function withoutSource(state: InFlightState & { stop: StopReason }): MigrationState {
  const { course, sourceLost, destinationLost, stop } = state;
  if (destinationLost) return lookAfter(state, 'unknown', stop);
  return { kind: 'performed', course, sourceLost, destinationLost };
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

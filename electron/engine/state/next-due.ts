import type { Fault, StopReason } from '../fault.ts';
import { dueCall, inFlightOf } from './forward-path.ts';
import { ImpossibleEventError } from './impossible-event-error.ts';
import type { MigrationEvent } from './migration-event.ts';
import type { CallRecord, DueState, MigrationState } from './migration-state.ts';
import { callsUpTo, failure, look, turnBack } from './turn-back.ts';

/** Between two calls of the good path. */
export function nextDue(state: DueState, event: MigrationEvent): MigrationState {
  switch (event.type) {
    case 'calling':
      return called(state, event);
    case 'cancel':
      return cancelled(state, event);
    case 'rejected':
      if (state.kind === 'planned') return { kind: 'failed', fault: event.fault, leftover: false };
      if (state.kind === 'begun' || state.kind === 'prepared') return back(state, failure(event.fault));
      break;
    case 'lost':
      return event.side === 'source' ? sourceLost(state, event.fault) : destinationLost(state, event.fault);
    case 'unwritten':
    case 'interrupted':
    case 'switching':
    case 'switch-refused':
    case 'replied':
    case 'failed':
    case 'observed':
    case 'gave-up':
      break;
  }
  throw new ImpossibleEventError(state, event);
}

function called(state: DueState, event: Extract<MigrationEvent, { type: 'calling' }>): MigrationState {
  const call = dueCall(state);
  if (event.call !== call) throw new ImpossibleEventError(state, event);
  if (call === 'move') return { ...state, kind: 'moving', stop: null, unanswered: null, last: null };
  return { ...state, kind: inFlightOf[call], stop: null };
}

function cancelled(state: DueState, event: MigrationEvent): MigrationState {
  if (state.kind === 'planned') return { kind: 'cancelled', fault: null, leftover: false };
  if (state.kind === 'finished') throw new ImpossibleEventError(state, event);
  return back(state, { kind: 'cancel', fault: null });
}

function sourceLost(state: DueState, fault: Fault): MigrationState {
  if (state.sourceLost) return state;
  const lost = { ...state, sourceLost: true };
  switch (state.kind) {
    case 'planned':
      return { kind: 'failed', fault, leftover: false };
    case 'begun':
    case 'prepared':
      return back(lost, failure(fault));
    case 'performed':
      // Memory is complete on the destination and the source stays paused without its job: going on needs the
      // source no more, turning back would.
      return lost;
    case 'finished':
      return look({ ...lost, calls: callsUpTo(state.course, 'finish', 'done'), reason: failure(fault) });
  }
}

function destinationLost(state: DueState, fault: Fault): MigrationState {
  if (state.destinationLost) return state;
  const lost = { ...state, destinationLost: true };
  switch (state.kind) {
    case 'planned':
      return { kind: 'failed', fault, leftover: false };
    case 'begun':
    case 'prepared':
    case 'performed':
      return back(lost, failure(fault));
    case 'finished':
      return lost;
  }
}

function back(state: DueState, reason: StopReason): MigrationState {
  return turnBack({ ...state, calls: callsBehind(state), reason });
}

/** The record of a run between two calls. */
export function callsBehind(state: DueState): CallRecord {
  switch (state.kind) {
    case 'planned':
      return callsUpTo(state.course, 'begin', 'not made');
    case 'begun':
      return callsUpTo(state.course, 'begin', 'done');
    case 'prepared':
      return callsUpTo(state.course, 'prepare', 'done');
    case 'performed':
      return callsUpTo(state.course, 'perform', 'done');
    case 'finished':
      return callsUpTo(state.course, 'finish', 'done');
  }
}

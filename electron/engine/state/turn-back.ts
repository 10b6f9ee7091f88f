import type { Fault, StopReason } from '../fault.ts';
import type { CallOutcome, CallRecord, Course, Looking, UnwindingState } from './migration-state.ts';
import { forwardCalls } from './migration-event.ts';
import type { ForwardCall } from './migration-event.ts';

/** The record of a run whose last call was `last`, with that outcome; those before it on its course succeeded. */
export function callsUpTo({ offline }: Course, last: ForwardCall, outcome: CallOutcome): CallRecord {
  const record: CallRecord = {
    begin: 'not made',
    prepare: 'not made',
    perform: 'not made',
    finish: 'not made',
    confirm: 'not made',
    'finish-cancelled': 'not made',
    'confirm-cancelled': 'not made',
  };
  for (const call of forwardCalls) {
    if (call === last) {
      record[call] = outcome;
      break;
    }
    if (call !== 'perform' || !offline) record[call] = 'done';
  }
  return record;
}

/**
 * The record of a peer-to-peer migration: only its daemon knows which phases it went through, so unless it reported
 * success each of them may have been made, Finish as well.
 */
export function callsOfMove(outcome: 'done' | 'unknown'): CallRecord {
  const nothing = { 'finish-cancelled': 'not made', 'confirm-cancelled': 'not made' } as const;
  return {
    begin: outcome,
    prepare: outcome,
    perform: outcome,
    finish: outcome,
    confirm: outcome,
    ...nothing,
  };
}

/** The first reason stands; a fault that followed a cancel is kept with it. */
export function reasonOf(stop: StopReason | null, fault: Fault): StopReason {
  if (stop === null) return failure(fault);
  return stop.kind === 'cancel' ? { kind: 'cancel', fault: stop.fault ?? fault } : stop;
}

/** A fault for a run that turned back because of it. */
export function failure(fault: Fault): StopReason {
  return { kind: 'failure', fault };
}

/** What a run that turns back carries along. */
export interface Situation {
  course: Course;
  sourceLost: boolean;
  destinationLost: boolean;
  calls: CallRecord;
  reason: StopReason;
}

/**
 * The next thing to do on the way back, while Finish was never called: drop what the destination prepared, end the
 * source's job, then look at both hosts.
 *
 * After a failed Perform there is no job left to end: Confirm would answer 55 "not being migrated".
 */
export function turnBack(situation: Situation): UnwindingState {
  const { calls, destinationLost } = situation;
  if (calls.prepare === 'done' && calls['finish-cancelled'] === 'not made' && !destinationLost) {
    return { ...carried(situation), kind: 'stopping-destination', sent: false };
  }
  if (canRelease(situation)) return { ...carried(situation), kind: 'releasing-source', sent: false };
  return look(situation);
}

export function look(situation: Situation, actionsTaken = 0): Looking {
  return { ...carried(situation), kind: 'looking', last: null, actionsTaken };
}

/** Whether the source still has a job that Confirm(cancelled) ends, on the connection that opened it. */
export function canRelease({ calls, course, sourceLost }: Situation): boolean {
  if (sourceLost || calls['confirm-cancelled'] !== 'not made' || calls.confirm !== 'not made') return false;
  if (calls.perform === 'done') return true;
  return calls.begin === 'done' && calls.perform === 'not made' && course.changeProtection;
}

export function carried({ course, sourceLost, destinationLost, calls, reason }: Situation): Situation {
  return { course, sourceLost, destinationLost, calls, reason };
}

import type { CallOutcome, EndState, Looking, MigrationState, StuckSituation } from './migration-state.ts';
import type { RecoveryAction } from './migration-event.ts';
import { carried } from './turn-back.ts';

/*
 * What looking at both hosts can lead to, whatever was moved.
 */

/** No situation needs more; a host that keeps undoing what is done needs a person. */
export const maxActions = 20;

export function release(state: Looking): MigrationState {
  return { ...carried(state), kind: 'releasing-source', sent: false };
}

export function confirm({ course, sourceLost, destinationLost }: Looking): MigrationState {
  return { kind: 'finished', course, sourceLost, destinationLost };
}

/** Takes an action, of which there must not have been more than `maxActions`. */
export function settle(state: Looking, action: RecoveryAction): MigrationState {
  const actionsTaken = state.actionsTaken + 1;
  return { ...carried(state), kind: 'settling', action, sent: false, actionsTaken };
}

/** The guest is on the source. @param leftover something of it may be on the destination as well */
export function stayed({ reason }: Looking, leftover: boolean): EndState {
  if (reason.kind === 'cancel') return { kind: 'cancelled', fault: reason.fault, leftover };
  return { kind: 'failed', fault: reason.fault, leftover };
}

export function stuck(
  state: Looking,
  situation: StuckSituation,
  runningOn: 'destination' | 'unknown',
): EndState & { kind: 'stuck' } {
  return { kind: 'stuck', situation, runningOn, reason: state.reason, truth: state.last };
}

/** A refused Prepare left nothing of ours: an incoming guest of that uuid then belongs to somebody else. */
export function isOurs(prepare: CallOutcome): boolean {
  return prepare === 'done' || prepare === 'unknown';
}

export function made(outcome: CallOutcome): boolean {
  return outcome !== 'not made';
}

export function knownArrived({ calls }: Looking): boolean {
  return calls.finish === 'done';
}

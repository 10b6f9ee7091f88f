import { ImpossibleEventError } from './state/impossible-event-error.ts';
import { interrupted } from './state/interrupted.ts';
import type { Call, MigrationEvent } from './state/migration-event.ts';
import { isCopying, isEnd } from './state/migration-state.ts';
import type { MigrationState } from './state/migration-state.ts';
import { nextDue } from './state/next-due.ts';
import { nextInFlight } from './state/next-in-flight.ts';
import { nextMoving } from './state/next-moving.ts';
import { nextUnwinding } from './state/next-unwinding.ts';
import { relayBroke } from './state/relay-broke.ts';
import { callOfInFlight, dueCall, isDue, isInFlight } from './state/forward-path.ts';

/**
 * The one rule book of a migration, managed or peer-to-peer: the state that follows from a state and what happened.
 *
 * Pure; the live run and the replay of a journal both go through it. The facts are libvirt's migration protocol v3
 * (qemuMigration in the daemon, virDomainMigrateVersion3 in its client library).
 *
 * @throws ImpossibleEventError for an event that cannot happen in this state; every event is impossible in an end.
 */
export function nextState(state: MigrationState, event: MigrationEvent): MigrationState {
  if (isEnd(state)) throw new ImpossibleEventError(state, event);
  if (event.type === 'interrupted') return interrupted(state, event.fault);
  if (event.type === 'relay-broke') return relayBroke(state, event.fault);
  if (isDue(state)) return nextDue(state, event);
  if (isInFlight(state)) return nextInFlight(state, event);
  if (state.kind === 'moving') return nextMoving(state, event);
  return nextUnwinding(state, event);
}

/** What to do now: make a call, look at both hosts, or nothing (`undefined`: a call is outstanding, or it is over). */
export function nextStep(state: MigrationState): Call | 'look' | undefined {
  if (isEnd(state) || isInFlight(state)) return undefined;
  if (isDue(state)) return dueCall(state);
  switch (state.kind) {
    case 'moving':
      return state.unanswered === null ? undefined : 'look';
    case 'looking':
      return 'look';
    case 'stopping-destination':
      return state.sent ? undefined : 'finish-cancelled';
    case 'releasing-source':
      return state.sent ? undefined : 'confirm-cancelled';
    case 'settling':
      return state.sent ? undefined : state.action;
  }
}

/** The call whose reply is awaited. */
export function outstanding(state: MigrationState): Call | undefined {
  if (isEnd(state) || isDue(state)) return undefined;
  if (isInFlight(state)) return callOfInFlight[state.kind];
  switch (state.kind) {
    case 'moving':
      return state.unanswered === null ? 'move' : undefined;
    case 'looking':
      return undefined;
    case 'stopping-destination':
      return state.sent ? 'finish-cancelled' : undefined;
    case 'releasing-source':
      return state.sent ? 'confirm-cancelled' : undefined;
    case 'settling':
      return state.sent ? state.action : undefined;
  }
}

/**
 * Whether the job on the source is to be aborted: a managed run turns back at Perform's reply whatever that is. Never
 * once the daemon was told to switch to post-copy.
 */
export function shouldAbort(state: MigrationState): boolean {
  return isCopying(state) && state.stop !== null && !state.course.switched;
}

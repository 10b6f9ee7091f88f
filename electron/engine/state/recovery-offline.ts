import { domainStates } from '../../libvirt/index.ts';
import type { EndState, Looking, MigrationState } from './migration-state.ts';
import {
  confirm,
  isOurs,
  knownArrived,
  made,
  maxActions,
  release,
  settle,
  stayed,
  stuck,
} from './recovery-ends.ts';
import { canRelease, carried } from './turn-back.ts';
import type { HostTruth, Truth } from './truth.ts';

/*
 * The same for a guest that is shut off and whose definition alone moves. No memory can be lost and none runs twice, so
 * what is at stake is the definition: the source's goes only where the destination is seen to have one that came over.
 */

/**
 * What a host has of the guest. `remainder`: what Prepare made and Finish did not keep; it has no definition. `active`:
 * somebody started it meanwhile.
 */
type Holding = 'defined' | 'remainder' | 'active' | 'absent' | 'unreachable';

interface Seen {
  state: Looking;
  source: Holding;
  destination: Holding;
}

/** The state after both hosts were seen. */
export function afterLookOffline(state: Looking, truth: Truth): MigrationState {
  const seen: Seen = {
    state: { ...state, last: truth },
    source: holding(truth.source),
    destination: holding(truth.destination),
  };
  if (seen.source === 'unreachable') return seen.state;
  if (seen.source === 'active' && seen.destination === 'active')
    return stuck(seen.state, 'runs on both', 'unknown');
  return made(state.calls.finish) ? afterFinish(seen) : beforeFinish(seen);
}

/** The end of a run whose hosts did not give an answer in time. Nothing is touched. */
export function afterGivingUpOffline(state: Looking): EndState {
  const { calls, course, last } = state;
  const destination = last === null ? 'unreachable' : holding(last.destination);
  // Only Confirm takes the source's definition, and it follows Finish.
  if (!made(calls.finish)) return stayed(state, destination !== 'absent' && isOurs(calls.prepare));
  const isKnown = destination === 'unreachable' && knownArrived(state) && course.control === 'managed';
  return isKnown || hasArrived(state, destination, 'unreachable')
    ? stuck(state, 'source copy left', 'destination')
    : stuck(state, 'outcome unknown', 'unknown');
}

/** Nothing was kept on the destination, and nothing taken from the source. */
function beforeFinish({ state, source, destination }: Seen): MigrationState {
  const { prepare } = state.calls;
  const mayBeLeft = isOurs(prepare);
  if (source === 'absent' || source === 'remainder') return stuck(state, 'runs on neither', 'unknown');
  if (destination === 'unreachable' && mayBeLeft) return state;
  // What Prepare makes does not go with our connection, and one that did not answer may still make it.
  return stayed(state, prepare === 'unknown' || (destination === 'remainder' && mayBeLeft));
}

function afterFinish(seen: Seen): MigrationState {
  const { state, source, destination } = seen;
  if (destination === 'unreachable') return state;
  if (hasArrived(state, destination, source)) return arrived(seen);
  if (destination === 'remainder' && isStillDue(state)) return state;
  if (destination === 'remainder' && canDiscard(state))
    return { ...carried(state), kind: 'stopping-destination', sent: false };
  switch (source) {
    case 'defined':
    case 'active':
      return canRelease(state) ? release(state) : stayed(state, destination !== 'absent');
    case 'absent':
    case 'remainder':
    case 'unreachable':
      return stuck(state, 'runs on neither', 'unknown');
  }
}

function arrived({ state, source }: Seen): MigrationState {
  switch (source) {
    case 'absent':
      return { kind: 'migrated' };
    case 'defined':
      if (canRelease(state)) return confirm(state);
      if (!state.course.undefineSource) return { kind: 'migrated' };
      return state.actionsTaken < maxActions ? settle(state, 'undefine-source') : afterGivingUpOffline(state);
    case 'active':
      return stuck(state, 'state not understood', 'unknown');
    case 'remainder':
    case 'unreachable':
      return state;
  }
}

/**
 * Whether the destination has the definition that was moved. One that was there before shows nothing, unless Finish
 * answered, or the source's is gone: that goes last.
 */
function hasArrived(state: Looking, destination: Holding, source: Holding): boolean {
  if (destination !== 'defined' && destination !== 'active') return false;
  return knownArrived(state) || !state.course.definedBefore || source === 'absent';
}

/** Finish may be on its way. A daemon that drives has ended its own when it says so, or has no job any more. */
function isStillDue({ calls, course }: Looking): boolean {
  return calls.finish === 'unknown' && course.control === 'managed';
}

function canDiscard({ calls, destinationLost }: Looking): boolean {
  return calls.finish === 'refused' && calls['finish-cancelled'] === 'not made' && !destinationLost;
}

function holding(truth: HostTruth): Holding {
  if (truth.kind !== 'present') return truth.kind;
  if (truth.state !== domainStates.shutoff) return 'active';
  return truth.persistent ? 'defined' : 'remainder';
}

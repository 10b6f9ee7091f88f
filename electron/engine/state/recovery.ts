import type { EndState, Looking, MigrationState } from './migration-state.ts';
import type { RecoveryAction } from './migration-event.ts';
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
import { afterGivingUpOffline, afterLookOffline } from './recovery-offline.ts';
import { canRelease, carried } from './turn-back.ts';
import { destinationHolding, hasNeverPaused, isOnlyDefined, isWaiting, sourceHolding } from './truth.ts';
import type { DestinationHolding, SourceHolding, Truth } from './truth.ts';

/** The state after both hosts were seen: the next safe step, an end, or to look again. */
export function afterLook(state: Looking, truth: Truth): MigrationState {
  if (state.course.offline) return afterLookOffline(state, truth);
  const seen: Seen = {
    state: { ...state, last: truth },
    source: sourceHolding(truth.source),
    destination: destinationHolding(truth),
  };
  return made(state.calls.finish) ? afterFinish(seen) : beforeFinish(seen);
}

/** The end of a run whose hosts did not give an answer in time. Nothing is touched. */
export function afterGivingUp(state: Looking): EndState {
  if (state.course.offline) return afterGivingUpOffline(state);
  const source = state.last === null ? 'unreachable' : sourceHolding(state.last.source);
  const destination = state.last === null ? 'unreachable' : destinationHolding(state.last);
  if (isKnownToHaveStayed(state, destination)) return hasStayed(state, destination);
  if (waits(state) || mayWait(state, destination)) return stuck(state, 'waits on destination', 'unknown');
  if (made(state.calls.finish)) {
    const isKnown = knownArrived(state) && state.course.control === 'managed';
    const onDestination = destination === 'arrived' || (destination === 'unreachable' && isKnown);
    return onDestination
      ? stuck(state, 'source copy left', 'destination')
      : stuck(state, 'outcome unknown', 'unknown');
  }
  const neverLeft = source === 'unreachable' && !made(state.calls.perform);
  if (source === 'running' || source === 'paused' || neverLeft) return hasStayed(state, destination);
  return stuck(state, 'outcome unknown', 'unknown');
}

/** The source's daemon has reported success, so it has let go of the guest; the destination has not been told to start it. */
function mayWait(state: Looking, destination: DestinationHolding): boolean {
  return state.course.startsByUs && destination === 'unreachable' && knownArrived(state);
}

interface Seen {
  state: Looking;
  source: SourceHolding;
  destination: DestinationHolding;
}

/** Finish was never called, so the destination's processors never ran by us: the source holds the guest. */
function beforeFinish(seen: Seen): MigrationState {
  const { state, source, destination } = seen;
  if (destination === 'arrived' || destination === 'fetching' || destination === 'broken')
    return broughtByOthers(seen);
  const leftover = destination === 'incoming' && isOurs(state.calls.prepare);
  // Nobody else can move it to where our own incoming guest is, so the job is ours, and would hold the guest on. One that
  // has paused the guest has sent it all, or ends with the incoming guest.
  const isStillSent = leftover && state.last?.atWork === true;
  switch (source) {
    case 'running':
    case 'paused':
      if (isStillSent) return act(state, 'abort-source');
      if (leftover) return act(state, 'destroy-destination');
      if (destination === 'unreachable' && isOurs(state.calls.prepare)) return state;
      return onSource(state, destination);
    case 'held':
      return heldBeforeFinish(seen, leftover);
    case 'serving':
      return servingBeforeFinish(seen);
    case 'unreachable':
      return state;
    case 'off':
    case 'absent':
      return stuck(state, 'runs on neither', 'unknown');
    case 'unclear':
      return stuck(state, 'state not understood', 'unknown');
  }
}

/** Somebody else has set it going there, while nothing watched; nothing of theirs is touched. */
function broughtByOthers({ state, source, destination }: Seen): MigrationState {
  switch (source) {
    case 'off':
    case 'absent':
      return destination === 'arrived' ? { kind: 'migrated' } : state;
    case 'running':
      return stuck(state, 'runs on both', 'unknown');
    case 'serving':
      return servingBeforeFinish({ state, source, destination });
    case 'held':
    case 'paused':
    case 'unclear':
      return stuck(state, 'state not understood', 'unknown');
    case 'unreachable':
      return state;
  }
}

function heldBeforeFinish({ state, destination }: Seen, leftover: boolean): MigrationState {
  if (leftover) return act(state, 'destroy-destination');
  switch (destination) {
    case 'nothing':
      if (canRelease(state)) return release(state);
      if (state.course.guestWasPaused) return onSource(state, destination);
      // Only Perform pauses a guest for migration; without one of ours it is somebody else's.
      return made(state.calls.perform)
        ? act(state, 'resume-source')
        : stuck(state, 'state not understood', 'unknown');
    case 'unreachable':
      return state;
    case 'incoming':
    case 'arrived':
    case 'fetching':
    case 'broken':
    case 'ended':
    case 'unclear':
      return stuck(state, 'state not understood', 'unknown');
  }
}

/** Somebody else has switched it to post-copy: the daemon lets the source's guest go on no more. */
function servingBeforeFinish({ state, destination }: Seen): MigrationState {
  if (destination === 'unreachable') return state;
  const isGone = destination === 'nothing' || destination === 'ended';
  return stuck(state, isGone ? 'runs on neither' : 'post-copy failed', 'unknown');
}

/** Finish was called: whatever the source looks like, the destination decides. */
function afterFinish(seen: Seen): MigrationState {
  const { state, destination } = seen;
  if (waits(state)) return waitsThere(seen);
  switch (destination) {
    case 'arrived':
      return arrived(seen);
    case 'nothing':
      return knownArrived(state) ? gone(seen) : notArrived(seen);
    case 'incoming':
      return stillIncoming(seen);
    case 'fetching':
      return seen.source === 'running' ? stuck(state, 'runs on both', 'unknown') : state;
    case 'broken':
      return stuck(state, seen.source === 'running' ? 'runs on both' : 'post-copy failed', 'unknown');
    case 'ended':
      return stuck(state, 'runs on neither', 'unknown');
    case 'unclear':
      return stuck(state, 'state not understood', 'unknown');
    case 'unreachable':
      return state;
  }
}

/** Finish is known to have started it there. */
function gone({ state, source }: Seen): MigrationState {
  const situation = source === 'running' ? 'state not understood' : 'runs on neither';
  return stuck(state, situation, 'unknown');
}

function waits({ course, last }: Looking): boolean {
  return course.startsByUs && last !== null && isWaiting(last.destination);
}

/** It is on the destination and does not run there: set going where the source can run it no more, else given up. */
function waitsThere({ state, source }: Seen): MigrationState {
  switch (source) {
    case 'absent':
    case 'off':
      return act(state, 'resume-destination');
    case 'unreachable':
      return knownArrived(state) ? act(state, 'resume-destination') : state;
    case 'held':
    case 'paused':
      return act(state, 'destroy-source');
    case 'running':
      return state.last?.destinationHasRun === true
        ? stuck(state, 'state not understood', 'unknown')
        : act(state, 'destroy-waiting');
    case 'serving':
    case 'unclear':
      return stuck(state, 'state not understood', 'unknown');
  }
}

function arrived({ state, source }: Seen): MigrationState {
  switch (source) {
    case 'absent':
      return { kind: 'migrated' };
    case 'off':
      return state.course.undefineSource ? act(state, 'undefine-source') : { kind: 'migrated' };
    case 'held':
    case 'paused':
      return canRelease(state) ? confirm(state) : act(state, 'destroy-source');
    case 'serving':
      // Told by Confirm, or by itself, it ends once the last page is sent.
      return canRelease(state) ? confirm(state) : state;
    case 'running':
      return stuck(state, 'runs on both', 'unknown');
    case 'unclear':
      return stuck(state, 'source copy left', 'destination');
    case 'unreachable':
      return state;
  }
}

/** The destination ended its guest before it ever ran: the source's paused guest is the only one. */
function notArrived({ state, source, destination }: Seen): MigrationState {
  switch (source) {
    case 'running':
      return onSource(state, destination);
    case 'held':
      if (canRelease(state)) return release(state);
      return state.course.guestWasPaused ? onSource(state, destination) : act(state, 'resume-source');
    case 'paused':
      if (canRelease(state)) return release(state);
      return onSource(state, destination);
    case 'serving':
    case 'off':
    case 'absent':
      return stuck(state, 'runs on neither', 'unknown');
    case 'unclear':
      return stuck(state, 'state not understood', 'unknown');
    case 'unreachable':
      return state;
  }
}

/**
 * The destination holds a guest that Finish did not start. After an error reply it never will be started, and can go
 * once the source is known to hold its own. Without a reply, Finish may still be on its way: wait.
 */
function stillIncoming({ state, source }: Seen): MigrationState {
  if (state.course.control === 'p2p') return leftByDaemons(state, source);
  if (state.calls.finish !== 'refused') return state;
  switch (source) {
    case 'running':
    case 'held':
    case 'paused':
      return !state.destinationLost && state.calls['finish-cancelled'] === 'not made'
        ? { ...carried(state), kind: 'stopping-destination', sent: false }
        : act(state, 'destroy-destination');
    case 'serving':
      return stuck(state, 'post-copy failed', 'unknown');
    case 'off':
    case 'absent':
    case 'unclear':
      return stuck(state, 'state not understood', 'unknown');
    case 'unreachable':
      return state;
  }
}

/**
 * An unfinished copy ends with the connection between the daemons. One that was being prepared when that broke may stay:
 * with no job on a source that runs, nobody will ever go on with it.
 */
function leftByDaemons(state: Looking, source: SourceHolding): MigrationState {
  const isAbandoned = source === 'running' && state.last?.atWork === false;
  return isAbandoned ? act(state, 'destroy-destination') : state;
}

function act(state: Looking, action: RecoveryAction): MigrationState {
  return state.actionsTaken < maxActions ? settle(state, action) : afterGivingUp(state);
}

function onSource(state: Looking, destination: DestinationHolding): MigrationState {
  if (destination === 'nothing' && broughtDefinition(state)) return act(state, 'undefine-destination');
  return hasStayed(state, destination);
}

/**
 * Finish keeps the definition before it starts the guest, and leaves it where the start fails. In peer-to-peer nobody here
 * knows whether Finish was made; for a guest that never was paused it was not, and a definition there is somebody else's.
 */
function broughtDefinition({ course, calls, last }: Looking): boolean {
  if (!course.definesDestination || course.definedBefore || last === null) return false;
  const isFinishMade = made(calls.finish) && (course.control === 'managed' || !hasNeverPaused(last.source));
  return isFinishMade && isOnlyDefined(last.destination);
}

function hasStayed(state: Looking, destination: DestinationHolding): EndState {
  const unseen = destination === 'unreachable' || destination === 'incoming';
  return stayed(state, unseen && isOurs(state.calls.prepare));
}

/**
 * In a peer-to-peer migration nobody here knows whether Finish was made; but it is made after the source has paused
 * its guest, so a guest that never was paused has never run on the destination.
 */
function isKnownToHaveStayed({ course, calls, last }: Looking, destination: DestinationHolding): boolean {
  if (course.control !== 'p2p' || calls.finish === 'done' || last === null) return false;
  // What the daemon is still at may yet end over there.
  if (last.atWork === true) return false;
  const unseen = destination === 'unreachable' || destination === 'incoming';
  return unseen && hasNeverPaused(last.source);
}

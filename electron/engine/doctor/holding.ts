import { domainStates, pausedReasons, runningReasons } from '../../libvirt/index.ts';
import type { HostTruth } from '../state/truth.ts';

/**
 * What one host has of the guest, without a word on whether it is the one that the guest left or the one it goes to:
 *
 * - `runs`: its processors run here with all of its memory, or it is being shut down or sleeps.
 * - `held`: paused for a migration: it was on its way from here, or has not arrived here.
 * - `starting`: its machine is just being made.
 * - `paused`: by a person. `halted`: for another reason, as a disk that failed, a save, a watchdog. `crashed`: kept as it fell.
 * - `serving`, `serving-failed`: the end of a post-copy that the guest left, with memory that the other end may lack.
 * - `fetching`, `fetching-failed`: the end of a post-copy at which it runs.
 * - `off`: its definition alone. `remainder`: not running and not defined either, which only a fault of the daemon leaves.
 */
export type Holding =
  | 'unreachable'
  | 'unclear'
  | 'absent'
  | 'off'
  | 'remainder'
  | 'runs'
  | 'held'
  | 'starting'
  | 'paused'
  | 'halted'
  | 'crashed'
  | 'serving'
  | 'serving-failed'
  | 'fetching'
  | 'fetching-failed';

/** By libvirt's `virDomainState` and its reasons (libvirt-domain.h); a number that is not known there is `unclear`. */
export function holdingOf(truth: HostTruth): Holding {
  if (truth.kind !== 'present') return truth.kind;
  switch (truth.state) {
    case domainStates.running:
      if (truth.reason === runningReasons.postcopy) return 'fetching';
      return truth.reason === runningReasons.postcopyFailed ? 'fetching-failed' : 'runs';
    case domainStates.blocked:
    case domainStates.shutdown:
    case domainStates.pmSuspended:
      return 'runs';
    case domainStates.paused:
      return pausedHoldings.get(truth.reason) ?? 'unclear';
    case domainStates.shutoff:
      return truth.persistent ? 'off' : 'remainder';
    case domainStates.crashed:
      return 'crashed';
    default:
      return 'unclear';
  }
}

const pausedHoldings: ReadonlyMap<number, Holding> = new Map([
  [pausedReasons.user, 'paused'],
  [pausedReasons.migration, 'held'],
  [pausedReasons.startingUp, 'starting'],
  [pausedReasons.postcopy, 'serving'],
  [pausedReasons.postcopyFailed, 'serving-failed'],
  [pausedReasons.save, 'halted'],
  [pausedReasons.dump, 'halted'],
  [pausedReasons.ioError, 'halted'],
  [pausedReasons.watchdog, 'halted'],
  [pausedReasons.fromSnapshot, 'halted'],
  [pausedReasons.shuttingDown, 'halted'],
  [pausedReasons.snapshot, 'halted'],
  [pausedReasons.crashed, 'halted'],
  [pausedReasons.apiError, 'halted'],
]);

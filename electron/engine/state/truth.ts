import { domainStates, pausedReasons, runningReasons, shutoffReasons } from '../../libvirt/index.ts';

/** What one host's daemon said about the guest's uuid, or that it could not be asked. */
export type HostTruth =
  | { kind: 'unreachable'; message: string }
  | { kind: 'absent' }
  | { kind: 'present'; state: number; reason: number; persistent: boolean };

/** Both hosts at one moment. Nothing else is ever taken as proof of where a guest runs. */
export interface Truth {
  source: HostTruth;
  destination: HostTruth;
  /**
   * While no reply can come: whether the source's daemon has the migration under way, or, peer-to-peer, may be about to
   * begin it. Absent where the call was answered.
   */
  atWork?: boolean;
  /** An event told that the destination's guest was resumed: its disks may have been written since. */
  destinationHasRun: boolean;
}

/**
 * `held`: paused by the migration. `serving`: paused in post-copy, with memory that the destination may still lack,
 * also where the daemon calls it failed. `off`: only the definition is left.
 */
export type SourceHolding =
  'running' | 'held' | 'serving' | 'paused' | 'off' | 'absent' | 'unclear' | 'unreachable';

/**
 * `incoming`: prepared, its processors never ran. `fetching`: it runs in post-copy, with memory still on the source.
 * `broken`: it ran in post-copy when the way to the rest of its memory broke. `ended`: it ran there and has stopped since.
 */
export type DestinationHolding =
  'arrived' | 'incoming' | 'fetching' | 'broken' | 'nothing' | 'ended' | 'unclear' | 'unreachable';

export function sourceHolding(truth: HostTruth): SourceHolding {
  if (truth.kind !== 'present') return truth.kind;
  switch (truth.state) {
    case domainStates.running:
      return isPostCopy(truth.reason) ? 'unclear' : 'running';
    case domainStates.blocked:
    case domainStates.shutdown:
    case domainStates.pmSuspended:
      return 'running';
    case domainStates.paused:
      return pausedHolding(truth.reason);
    case domainStates.shutoff:
      return 'off';
    default:
      return 'unclear';
  }
}

/**
 * Whether the guest runs as it did before: what a migration paused and let go on again has one of these two reasons
 * (libvirt's qemuMigrationSrcRestoreDomainState, or QEMU's own resume), as may a guest that was paused before.
 */
export function hasNeverPaused(source: HostTruth): boolean {
  if (source.kind !== 'present' || source.state !== domainStates.running || isPostCopy(source.reason))
    return false;
  return source.reason !== runningReasons.migrationCancelled && source.reason !== runningReasons.unpaused;
}

function pausedHolding(reason: number): SourceHolding {
  if (reason === pausedReasons.migration) return 'held';
  return isPostCopyPause(reason) ? 'serving' : 'paused';
}

export function destinationHolding(truth: Truth): DestinationHolding {
  const { destination } = truth;
  if (destination.kind === 'unreachable') return 'unreachable';
  if (destination.kind === 'absent') return truth.destinationHasRun ? 'ended' : 'nothing';
  const { state, reason } = destination;
  switch (state) {
    case domainStates.running:
      if (reason === runningReasons.postcopy) return 'fetching';
      return reason === runningReasons.postcopyFailed ? 'broken' : 'arrived';
    case domainStates.blocked:
    case domainStates.shutdown:
    case domainStates.pmSuspended:
    case domainStates.crashed:
      return 'arrived';
    case domainStates.paused:
      return pausedArrival(reason);
    case domainStates.shutoff:
      return truth.destinationHasRun || stoppedByItself.has(reason) ? 'ended' : 'nothing';
    default:
      return 'unclear';
  }
}

/** Arrived whole and left paused, as Finish leaves it that is told to (`VIR_MIGRATE_PAUSED`). */
export function isWaiting(truth: HostTruth): boolean {
  return (
    truth.kind === 'present' && truth.state === domainStates.paused && truth.reason === pausedReasons.user
  );
}

/** Nothing but a definition, which can go without a guest being touched. */
export function isOnlyDefined(truth: HostTruth): boolean {
  return truth.kind === 'present' && truth.state === domainStates.shutoff && truth.persistent;
}

function pausedArrival(reason: number): DestinationHolding {
  if (reason === pausedReasons.migration || reason === pausedReasons.startingUp) return 'incoming';
  if (reason === pausedReasons.postcopyFailed) return 'broken';
  const known = reason !== pausedReasons.unknown && reason !== pausedReasons.postcopy;
  return known ? 'arrived' : 'unclear';
}

/** A guest that the daemon gave up while it was incoming is shut off as failed or destroyed, never as these. */
const stoppedByItself: ReadonlySet<number> = new Set([
  shutoffReasons.shutdown,
  shutoffReasons.crashed,
  shutoffReasons.migrated,
  shutoffReasons.saved,
]);

function isPostCopy(reason: number): boolean {
  return reason === runningReasons.postcopy || reason === runningReasons.postcopyFailed;
}

function isPostCopyPause(reason: number): boolean {
  return reason === pausedReasons.postcopy || reason === pausedReasons.postcopyFailed;
}

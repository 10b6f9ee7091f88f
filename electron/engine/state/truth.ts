import { domainState, pausedReason, runningReason, shutOffReason } from './domain-state.ts';

/** What one host's daemon said about the guest's uuid, or that it could not be asked. */
export type HostTruth =
  | { kind: 'unreachable'; message: string }
  | { kind: 'absent' }
  | { kind: 'present'; state: number; reason: number };

/** Both hosts at one moment. Nothing else is ever taken as proof of where a guest runs. */
export interface Truth {
  source: HostTruth;
  destination: HostTruth;
  /** An event told that the destination's guest was resumed: its disks may have been written since. */
  destinationHasRun: boolean;
}

/** `held`: paused by the migration. `off`: only the definition is left. */
export type SourceHolding = 'running' | 'held' | 'paused' | 'off' | 'absent' | 'unclear' | 'unreachable';

/** `incoming`: prepared, its processors never ran. `ended`: it ran there and has stopped since. */
export type DestinationHolding = 'arrived' | 'incoming' | 'nothing' | 'ended' | 'unclear' | 'unreachable';

export function sourceHolding(truth: HostTruth): SourceHolding {
  if (truth.kind !== 'present') return truth.kind;
  switch (truth.state) {
    case domainState.running:
      return isPostCopy(truth.reason) ? 'unclear' : 'running';
    case domainState.blocked:
    case domainState.shuttingDown:
    case domainState.suspended:
      return 'running';
    case domainState.paused:
      return pausedHolding(truth.reason);
    case domainState.shutOff:
      return 'off';
    default:
      return 'unclear';
  }
}

function pausedHolding(reason: number): SourceHolding {
  if (reason === pausedReason.migration) return 'held';
  return isPostCopyPause(reason) ? 'unclear' : 'paused';
}

export function destinationHolding(truth: Truth): DestinationHolding {
  const { destination } = truth;
  if (destination.kind === 'unreachable') return 'unreachable';
  if (destination.kind === 'absent') return truth.destinationHasRun ? 'ended' : 'nothing';
  const { state, reason } = destination;
  switch (state) {
    case domainState.running:
      return isPostCopy(reason) ? 'unclear' : 'arrived';
    case domainState.blocked:
    case domainState.shuttingDown:
    case domainState.suspended:
    case domainState.crashed:
      return 'arrived';
    case domainState.paused:
      return pausedArrival(reason);
    case domainState.shutOff:
      return truth.destinationHasRun || stoppedByItself.has(reason) ? 'ended' : 'nothing';
    default:
      return 'unclear';
  }
}

function pausedArrival(reason: number): DestinationHolding {
  if (reason === pausedReason.migration || reason === pausedReason.startingUp) return 'incoming';
  const known = reason !== pausedReason.unknown && !isPostCopyPause(reason);
  return known ? 'arrived' : 'unclear';
}

/** A guest that the daemon gave up while it was incoming is shut off as failed or destroyed, never as these. */
const stoppedByItself: ReadonlySet<number> = new Set([
  shutOffReason.shutdown,
  shutOffReason.crashed,
  shutOffReason.migrated,
  shutOffReason.saved,
]);

function isPostCopy(reason: number): boolean {
  return reason === runningReason.postCopy || reason === runningReason.postCopyFailed;
}

function isPostCopyPause(reason: number): boolean {
  return reason === pausedReason.postCopy || reason === pausedReason.postCopyFailed;
}

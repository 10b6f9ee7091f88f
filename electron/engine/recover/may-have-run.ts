import { domainStates, shutoffReasons } from '../../libvirt/index.ts';
import type { EndState, MigrationState } from '../state/migration-state.ts';
import { sourceHolding, type HostTruth } from '../state/truth.ts';

type Sights = Record<'source' | 'destination', HostTruth>;

/**
 * Whether the guest may have run on the destination and ended there, while nothing watched. Then the source's paused
 * copy is out of date, and its disks have been written since.
 */
export function mayHaveRun(
  state: Exclude<MigrationState, EndState>,
  sights: Sights,
  keepsDefinition: boolean,
): boolean {
  return isFinishMade(state) && mayHaveRunSinceFinish(sights, keepsDefinition);
}

/** Whether Finish, which alone starts the guest on the destination, was made or may have been. */
export function isFinishMade(state: Exclude<MigrationState, EndState>): boolean {
  return state.kind === 'moving' || ('calls' in state && state.calls.finish !== 'not made');
}

/**
 * As `mayHaveRun`, once Finish may have been made. Finish leaves a definition there, where one is to be kept: without it,
 * Finish was not carried out. A guest that has none leaves no trace.
 */
export function mayHaveRunSinceFinish({ source, destination }: Sights, keepsDefinition: boolean): boolean {
  if (sourceHolding(source) === 'running') return false;
  if (destination.kind === 'absent') return !keepsDefinition;
  if (destination.kind === 'unreachable' || destination.state !== domainStates.shutoff) return false;
  return destination.reason !== shutoffReasons.failed;
}

import { domainStates, shutoffReasons } from '../../libvirt/index.ts';
import type { EndState, MigrationState } from '../state/migration-state.ts';
import { sourceHolding, type HostTruth } from '../state/truth.ts';

/**
 * Whether the guest may have run on the destination and ended there, while nothing watched. Then the source's paused
 * copy is out of date, and its disks have been written since.
 *
 * Finish leaves a definition there, where one is to be kept: without it, Finish was not carried out. A guest that has
 * none leaves no trace.
 */
export function mayHaveRun(
  state: Exclude<MigrationState, EndState>,
  { source, destination }: { source: HostTruth; destination: HostTruth },
  keepsDefinition: boolean,
): boolean {
  const finishMade = state.kind === 'moving' || ('calls' in state && state.calls.finish !== 'not made');
  if (!finishMade || sourceHolding(source) === 'running') return false;
  if (destination.kind === 'absent') return !keepsDefinition;
  if (destination.kind === 'unreachable' || destination.state !== domainStates.shutoff) return false;
  return destination.reason !== shutoffReasons.failed;
}

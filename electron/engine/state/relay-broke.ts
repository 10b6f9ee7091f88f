import type { Fault } from '../fault.ts';
import { isInFlight } from './forward-path.ts';
import type { MigrationState } from './migration-state.ts';

/**
 * Without its relay the copy cannot end well, though QEMU may not know yet: the job is aborted as for a cancellation,
 * and Perform's reply decides. In any other state there is nothing to carry, or the next call finds out.
 */
export function relayBroke(state: MigrationState, fault: Fault): MigrationState {
  if (!isInFlight(state) || state.kind !== 'performing' || state.stop !== null) return state;
  return { ...state, stop: { kind: 'failure', fault } };
}

import type { Fault } from '../fault.ts';
import type { Replayed } from '../journal/replay.ts';
import { phaseOf } from '../run/phase-of.ts';
import { outstanding } from '../state.ts';

/** Why a run that was killed did not go on; told only where the guest stayed. */
export function interruption({ open }: Pick<Replayed, 'open'>): Fault {
  return {
    code: 'engine.interrupted',
    side: 'client',
    phase: phaseOf(outstanding(open)),
    message: 'Viaduct ended before the migration did.',
    remedy: 'Move the guest again.',
  };
}

import { explain } from '../explain.ts';
import { isEnd } from '../state/migration-state.ts';
import type { EndState, MigrationState } from '../state/migration-state.ts';

/** After a defect of ours: what was not begun cannot have moved, of anything else nothing is claimed. */
export function brokenEnd(error: unknown, state: MigrationState): EndState {
  const fault = explain(error, 'client', 'begin');
  if (isEnd(state)) return state;
  if (state.kind === 'planned') return { kind: 'failed', fault, leftover: false };
  const reason = { kind: 'failure', fault } as const;
  return { kind: 'stuck', situation: 'outcome unknown', runningOn: 'unknown', reason, truth: null };
}

import { ViaductError } from '../common/errors.ts';
import type { MigrationResult } from '../engine/outcome.ts';

/** The stable meaning of the command's exit status; scripts decide by it. */
export const exitCodes = {
  done: 0,
  internal: 1,
  badInput: 2,
  refused: 3,
  failed: 4,
  cancelled: 5,
  needsPerson: 6,
} as const;

export function exitCodeOfResult({ outcome, runningOn }: MigrationResult): number {
  switch (outcome) {
    case 'migrated':
      return exitCodes.done;
    case 'refused':
      return exitCodes.refused;
    case 'cancelled':
      return exitCodes.cancelled;
    case 'failed':
      return runningOn === 'source' ? exitCodes.failed : exitCodes.needsPerson;
    case 'stuck':
      return exitCodes.needsPerson;
  }
}

/**
 * For what was thrown instead of a result. Typed errors are about what the admin named: a URI that cannot be used, a
 * host that cannot be reached, a key that is refused. Anything else is our own fault.
 */
export function exitCodeOfError(error: unknown): number {
  return error instanceof ViaductError ? exitCodes.badInput : exitCodes.internal;
}

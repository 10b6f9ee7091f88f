import { BadInputError } from '../common/errors.ts';
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

/** For what was thrown instead of a result: what the admin gave, or reached for, is at fault, or we are. */
export function exitCodeOfError(error: unknown, isExpected: (error: unknown) => boolean): number {
  return error instanceof BadInputError || isExpected(error) ? exitCodes.badInput : exitCodes.internal;
}

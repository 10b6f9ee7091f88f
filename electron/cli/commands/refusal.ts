import { messageOf, ViaductError } from '../../common/errors.ts';
import { blocks, type FindingSide } from '../../engine/finding.ts';
import type { MigrationResult, OutcomeError } from '../../engine/outcome.ts';
import type { PlanOptions } from '../../engine/plan.ts';
import type { Review } from '../../engine/review.ts';

interface Intended {
  guest: string;
  source: { name: string };
  destination: { name: string };
  options: PlanOptions;
}

function refused(
  { guest, source, destination, options }: Intended,
  rest: Pick<MigrationResult, 'uuid' | 'totalMs' | 'runningOn'> & { error: OutcomeError },
): MigrationResult {
  return {
    outcome: 'refused',
    guest,
    source: source.name,
    destination: destination.name,
    mode: options.mode,
    control: 'managed',
    downtimeMs: null,
    ...rest,
  };
}

function errorSide(side: FindingSide | undefined): OutcomeError['side'] {
  if (side === 'destination' || side === 'client') return side;
  return side === undefined ? 'client' : 'source';
}

/** The result of a run that its preflight or the policy refused; nothing was touched. */
export function refusedBy({ findings, plan }: Review, intended: Intended, totalMs: number): MigrationResult {
  const errors = findings.filter(blocks);
  const [first] = errors;
  const others = errors.length > 1 ? ` And ${errors.length - 1} more.` : '';
  return refused(
    { ...intended, guest: plan?.guest.name ?? intended.guest },
    {
      uuid: plan?.guest.uuid ?? '',
      // The guest was seen on the source exactly when a plan could be made.
      runningOn: plan ? 'source' : 'unknown',
      totalMs: Math.round(totalMs),
      error: {
        code: first?.id ?? 'preflight',
        side: errorSide(first?.side),
        phase: 'preflight',
        message: `${first?.summary ?? 'The preflight refused the migration.'}${others}`,
        remedy: first?.remedy ?? 'See the checks above.',
      },
    },
  );
}

/** The result of a run that could not even be checked: bad input, or a fault of ours before anything was touched. */
export function refusedByError(error: unknown, intended: Intended): MigrationResult {
  const { code = 'internal', side = 'client', remedy = '' } = error instanceof ViaductError ? error : {};
  return refused(intended, {
    uuid: '',
    runningOn: 'unknown',
    totalMs: 0,
    error: { code, side, phase: 'preflight', message: messageOf(error), remedy },
  });
}

import { messageOf, ViaductError } from '../../common/errors.ts';
import { needsPeer } from '../../engine/choose-control.ts';
import type { MigrationResult, OutcomeError } from '../../engine/outcome.ts';
import type { PlanOptions } from '../../engine/plan.ts';
import { refusalOf } from '../../engine/refusal.ts';
import type { Review } from '../../engine/review.ts';

interface Intended {
  guest: string;
  source: { name: string };
  destination: { name: string };
  options: PlanOptions;
}

function refused(
  { guest, source, destination, options }: Intended,
  rest: Pick<MigrationResult, 'uuid' | 'totalMs' | 'runningOn'> &
    Partial<Pick<MigrationResult, 'control'>> & { error: OutcomeError },
): MigrationResult {
  return {
    outcome: 'refused',
    guest,
    source: source.name,
    destination: destination.name,
    mode: options.mode,
    control: needsPeer(options) ? 'p2p' : 'managed',
    downtimeMs: null,
    ...(options.offline && { offline: true as const }),
    ...rest,
  };
}

/** The result of a run that its preflight or the policy refused; nothing was touched. */
export function refusedBy(review: Review, intended: Intended, totalMs: number): MigrationResult {
  const { plan } = review;
  return refused(
    { ...intended, guest: plan?.guest.name ?? intended.guest },
    {
      uuid: plan?.guest.uuid ?? '',
      ...(plan && { control: plan.control }),
      // The guest was seen on the source exactly when a plan could be made.
      runningOn: plan ? 'source' : 'unknown',
      totalMs: Math.round(totalMs),
      error: refusalOf(review),
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

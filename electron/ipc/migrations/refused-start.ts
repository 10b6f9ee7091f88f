import { messageOf, ViaductError } from '../../common/errors.ts';
import { needsPeer } from '../../engine/choose-control.ts';
import type { MigrationResult } from '../../engine/outcome.ts';
import { refusalOf } from '../../engine/refusal.ts';
import type { OpenReview } from './review-desk.ts';

interface Ends {
  source: { name: string };
  destination: { name: string };
}

/** The result of a run that was asked for and not begun; nothing was touched. */
export function refusedStart(
  { request, review, snapshot }: Pick<OpenReview, 'request' | 'review' | 'snapshot'>,
  { source, destination }: Ends,
  error: unknown,
): MigrationResult {
  const { options, guestUuid } = request;
  const plan = review?.plan;
  const { code = 'internal', remedy = '' } = error instanceof ViaductError ? error : {};
  return {
    outcome: 'refused',
    guest: plan?.guest.name ?? snapshot.guest.name,
    uuid: guestUuid,
    source: source.name,
    destination: destination.name,
    mode: options.mode,
    control: plan?.control ?? (needsPeer(options) ? 'p2p' : 'managed'),
    runningOn: plan ? 'source' : 'unknown',
    totalMs: 0,
    downtimeMs: null,
    ...(options.offline && { offline: true as const }),
    error:
      review !== undefined && !review.canMigrate
        ? refusalOf(review)
        : { code, side: 'client', phase: 'preflight', message: messageOf(error), remedy },
  };
}

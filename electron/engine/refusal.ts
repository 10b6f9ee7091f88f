import { blocks, type FindingSide } from './finding.ts';
import type { OutcomeError } from './outcome.ts';
import type { Review } from './review.ts';

/** Why a review forbids the move: its first error, and that there are more. */
export function refusalOf({ findings }: Pick<Review, 'findings'>): OutcomeError {
  const errors = findings.filter(blocks);
  const [first] = errors;
  const others = errors.length > 1 ? ` And ${errors.length - 1} more.` : '';
  return {
    code: first?.id ?? 'preflight',
    side: errorSide(first?.side),
    phase: 'preflight',
    message: `${first?.summary ?? 'The preflight refused the migration.'}${others}`,
    remedy: first?.remedy ?? 'See the checks above.',
  };
}

function errorSide(side: FindingSide | undefined): OutcomeError['side'] {
  if (side === 'destination' || side === 'client') return side;
  return side === undefined ? 'client' : 'source';
}

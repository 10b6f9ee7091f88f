import { BadInputError } from '../../common/errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { reviewAndReport, type ReviewArguments } from './review-and-report.ts';

/** Says whether a guest could move, and what is in the way. */
export async function runPreflightCommand(request: ReviewArguments): Promise<number> {
  const { canMigrate, failure } = await reviewAndReport(request);
  if (failure instanceof BadInputError) throw failure;
  if (!request.json) {
    const verdict = canMigrate ? 'It can move.' : 'It cannot move yet; nothing was touched.';
    process.stdout.write(`\n${verdict}\n`);
  }
  return canMigrate ? exitCodes.done : exitCodes.refused;
}

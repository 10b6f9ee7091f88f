import { BadInputError } from '../../common/errors.ts';
import type { MigrationResult } from '../../engine/outcome.ts';
import { runMigration } from '../../engine/run-migration.ts';
import { exitCodeOfResult } from '../exit-codes.ts';
import { writeJsonLine } from '../output/json-lines.ts';
import { ProgressBar } from '../output/progress-bar.ts';
import { resultText } from '../output/result-text.ts';
import { refusedBy } from './refusal.ts';
import { reviewAndReport, type ReviewArguments } from './review-and-report.ts';

function report(result: MigrationResult, json: boolean): number {
  if (json) writeJsonLine('result', result);
  else process.stdout.write(`\n${resultText(result)}\n`);
  return exitCodeOfResult(result);
}

/** Checks, moves, and says how it ended. An abort of the signal cancels, at any time until switchover. */
export async function runMigrate(request: ReviewArguments): Promise<number> {
  const { json, signal, source, destination } = request;
  const startedMs = performance.now();
  const review = await reviewAndReport(request);
  if (review.failure instanceof BadInputError) throw review.failure;
  if (!review.plan || !review.canMigrate) {
    return report(refusedBy(review, request, performance.now() - startedMs), json);
  }
  const bar = new ProgressBar(process.stderr);
  const running = runMigration(
    { plan: review.plan, source, destination },
    {
      phase: (phase) => {
        if (json) writeJsonLine('phase', phase);
      },
      progress: (progress) => {
        if (json) writeJsonLine('progress', progress);
        else bar.draw(progress);
      },
    },
  );
  const cancel = () => {
    const { sentence } = running.cancel();
    bar.end();
    process.stderr.write(`${sentence}\n`);
  };
  signal.addEventListener('abort', cancel);
  if (signal.aborted) cancel();
  const result = await running.result;
  signal.removeEventListener('abort', cancel);
  bar.end();
  return report(result, json);
}

import { randomUUID } from 'node:crypto';
import { BadInputError } from '../../common/errors.ts';
import { viaductHome } from '../../common/home.ts';
import { Journals } from '../../engine/journal/journals.ts';
import type { MigrationResult } from '../../engine/outcome.ts';
import type { ReceiptRequest } from '../../engine/receipt/make-receipt.ts';
import { runMigration } from '../../engine/run-migration.ts';
import { startsByUs } from '../../engine/run/flags.ts';
import { SleepInhibitor, wakefulCommand } from '../../shell/sleep-inhibitor.ts';
import { exitCodeOfResult } from '../exit-codes.ts';
import { writeJsonLine } from '../output/json-lines.ts';
import { ProgressBar } from '../output/progress-bar.ts';
import { resultText } from '../output/result-text.ts';
import { keepHistory } from './keep-history.ts';
import { refusedBy } from './refusal.ts';
import { reviewAndReport, type ReviewArguments } from './review-and-report.ts';

/** The history comes first, because nothing comes after the result. */
async function report(
  result: MigrationResult,
  { json, source, destination, options }: ReviewArguments,
  known: Pick<ReceiptRequest, 'id' | 'review' | 'startedAt'>,
  conclude: () => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  await keepHistory({ result, source, destination, options, ...known }, { quiet: json });
  await conclude();
  if (json) writeJsonLine('result', result);
  else process.stdout.write(`\n${resultText(result)}\n`);
  return exitCodeOfResult(result);
}

function keepAwake(): Disposable {
  const warn = (sentence: string) => process.stderr.write(`${sentence}\n`);
  return new SleepInhibitor(wakefulCommand(process.platform), warn).hold();
}

/** Checks, moves, and says how it ended. An abort of the signal cancels, at any time until switchover. */
export async function runMigrate(request: ReviewArguments): Promise<number> {
  const { json, signal, source, destination, identity } = request;
  const id = randomUUID();
  const askedAt = new Date();
  const startedMs = performance.now();
  const review = await reviewAndReport(request);
  if (review.failure instanceof BadInputError) throw review.failure;
  if (!review.plan || !review.canMigrate) {
    const refused = refusedBy(review, request, performance.now() - startedMs);
    return report(refused, request, { id, review, startedAt: askedAt });
  }
  const { plan, findings, identities } = review;
  const startedAt = new Date();
  // Unattended, the daemons need nothing of this machine any more.
  const isNeeded = plan.control === 'managed' || startsByUs(plan);
  const awake = isNeeded ? keepAwake() : undefined;
  const bar = new ProgressBar(process.stderr);
  const running = runMigration(
    {
      ...{ plan, source, destination, identity },
      journal: { journals: new Journals(viaductHome()), id, findings, identities },
    },
    {
      phase: (phase) => {
        if (json) writeJsonLine('phase', phase);
      },
      progress: (progress) => {
        if (json) writeJsonLine('progress', progress);
        else bar.draw(progress);
      },
      action: (action) => {
        if (json) writeJsonLine('action', action);
        bar.end();
        // What the admin asked for on this terminal is answered there.
        if (action.by === 'timeout') process.stderr.write(`${action.sentence}\n`);
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
  awake?.[Symbol.dispose]();
  signal.removeEventListener('abort', cancel);
  bar.end();
  return report(result, request, { id, review, startedAt }, () => running.conclude());
}

import type { IdentityMaker } from '../../common/host/one-time-identity.ts';
import type { HostAccess } from '../../hosts/host-access.ts';
import { reviewMigration, type Review } from '../../engine/review.ts';
import type { PlanOptions } from '../../engine/plan.ts';
import { findingText, streamText } from '../output/findings-text.ts';
import { writeJsonLine } from '../output/json-lines.ts';

export interface ReviewArguments {
  guest: string;
  source: HostAccess;
  destination: HostAccess;
  options: PlanOptions;
  /** Set where the source's daemon is to log in with a certificate for this migration alone. */
  identity?: IdentityMaker | undefined;
  json: boolean;
  signal: AbortSignal;
}

function reportText({ findings, plan }: Review): void {
  const fine = findings.filter(({ level }) => level === 'ok').length;
  const rest = findings.filter(({ level }) => level !== 'ok');
  const lines = [
    ...rest.map(findingText),
    `${fine} checks found nothing to mend.`,
    '',
    ...(plan?.streams ?? []).map(streamText),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Runs the checks and prints what they found; nothing is touched. */
export async function reviewAndReport(request: ReviewArguments): Promise<Review> {
  const { guest, source, destination, options, identity, json, signal } = request;
  if (!json) process.stderr.write(`Checking ${source.name}, ${destination.name} and the way between ...\n`);
  const review = await reviewMigration(
    { guest, source, destination, options, identity: identity?.planned, signal },
    { finding: (finding) => json && writeJsonLine('check', finding), pending: () => undefined },
  );
  if (json) for (const stream of review.plan?.streams ?? []) writeJsonLine('stream', stream);
  else reportText(review);
  return review;
}

import { calendarOf } from '../../../deploy/sightings.ts';
import type { CalendarEntry } from '../../../pki/expiry-calendar.ts';
import type { SetupHost } from '../../../setup/setup-host.ts';
import { exitCodes } from '../../exit-codes.ts';
import { writeJsonLine } from '../../output/json-lines.ts';
import { printable } from '../../output/printable.ts';
import type { DeployRequest } from './deploy.ts';
import { FindingReporter } from './deploy-report.ts';
import { expiryMarks } from './status-text.ts';

/** Shows what hosts have: issued, deployed and served certificates apart, with what expires first. */
export async function runHostsStatus(
  hosts: readonly SetupHost[],
  { home, json, prompts, signal }: Pick<DeployRequest, 'home' | 'json' | 'prompts' | 'signal'>,
): Promise<number> {
  const reporter = new FindingReporter(json);
  const entries = await calendarOf(hosts, home, reporter.report, { prompts, signal, tell: reporter.tell });
  const ownerWidth = Math.max(0, ...entries.map(({ owner }) => printable(owner).length));
  for (const entry of entries) {
    if (json) {
      const { notBefore, notAfter, ...rest } = entry;
      const dates = { notBefore: notBefore.toISOString(), notAfter: notAfter.toISOString() };
      writeJsonLine('sighting', { ...rest, ...dates });
    } else process.stdout.write(`${entryText(entry, ownerWidth)}\n`);
  }
  return exitCodes.done;
}

function entryText(
  { owner, place, seen, notAfter, stage, isStale }: CalendarEntry,
  ownerWidth: number,
): string {
  const until = `until ${notAfter.toISOString().slice(0, 10)}${expiryMarks[stage]}`;
  const stale = isStale ? `; NOT THE ONE THAT WAS ${seen === 'served' ? 'DEPLOYED' : 'ISSUED'}` : '';
  return `${printable(owner).padEnd(ownerWidth)}  ${place.padEnd(17)}  ${seen.padEnd(8)}  ${until}${stale}`;
}

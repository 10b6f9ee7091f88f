import { formatDuration } from '../../common/units.ts';
import type { MigrationResult } from '../../engine/outcome.ts';

function whereItIs({ guest, source, destination, runningOn, offline }: MigrationResult): string {
  if (runningOn === 'unknown')
    return `It is not known ${offline ? `which host has ${guest}` : `where ${guest} runs`}.`;
  const host = runningOn === 'source' ? source : destination;
  return offline ? `${guest} is on ${host}, shut off.` : `${guest} runs on ${host}.`;
}

/** What was made on the destination for copied disks, and what became of it. */
function storageText({ storage, destination }: MigrationResult): string {
  if (storage === undefined) return '';
  const told: [string, readonly string[]][] = [
    [`Made on ${destination}`, storage.kept],
    [`Made on ${destination} and removed again`, storage.removed],
    [`Left on ${destination}`, storage.left.map(({ path, why }) => `${path} (${why.replace(/\.$/, '')})`)],
  ];
  return told
    .filter(([, items]) => items.length > 0)
    .map(([what, items]) => `\n${what}: ${items.join(', ')}.`)
    .join('');
}

/** The last words of a run: what happened, where the guest is, what to do. */
export function resultText(result: MigrationResult): string {
  const notes = [result.leftBehind, result.journalProblem].filter((note) => note !== undefined);
  return [
    endText(result),
    ...(result.acts ?? []),
    ...notes.flatMap(({ message, remedy }) => [message, remedy]),
  ].join('\n');
}

function endText(result: MigrationResult): string {
  const { outcome, guest, source, destination, totalMs, downtimeMs, error } = result;
  const cause = error?.cause === undefined ? '' : `\n${error.cause} (${error.hop ?? error.side})`;
  const reason = error ? `${cause}\n${error.message}\n${error.remedy}` : '';
  switch (outcome) {
    case 'migrated': {
      const pause = downtimeMs === null ? '' : `, with a measured pause of ${formatDuration(downtimeMs)}`;
      return `Migrated: ${guest} went from ${source} to ${destination} in ${formatDuration(totalMs)}${pause}. ${whereItIs(result)}${storageText(result)}`;
    }
    case 'refused':
      return `Refused; nothing was touched.${reason}`;
    case 'cancelled':
      return `Cancelled after ${formatDuration(totalMs)}. ${whereItIs(result)}${storageText(result)}${reason}`;
    case 'failed':
      return `Failed. ${whereItIs(result)}${storageText(result)}${reason}`;
    case 'stuck':
      return `This needs you. ${whereItIs(result)}${reason}`;
  }
}

import { formatDuration } from '../../common/units.ts';
import type { MigrationResult } from '../../engine/outcome.ts';

function whereItRuns({ guest, source, destination, runningOn }: MigrationResult): string {
  if (runningOn === 'unknown') return `It is not known where ${guest} runs.`;
  return `${guest} runs on ${runningOn === 'source' ? source : destination}.`;
}

/** The last words of a run: what happened, where the guest is, what to do. */
export function resultText(result: MigrationResult): string {
  const { outcome, guest, source, destination, totalMs, downtimeMs, error } = result;
  const reason = error ? `\n${error.message}\n${error.remedy}` : '';
  switch (outcome) {
    case 'migrated': {
      const pause = downtimeMs === null ? '' : `, with a measured pause of ${formatDuration(downtimeMs)}`;
      return `Migrated: ${guest} went from ${source} to ${destination} in ${formatDuration(totalMs)}${pause}. ${whereItRuns(result)}`;
    }
    case 'refused':
      return `Refused; nothing was touched.${reason}`;
    case 'cancelled':
      return `Cancelled after ${formatDuration(totalMs)}. ${whereItRuns(result)}`;
    case 'failed':
      return `Failed. ${whereItRuns(result)}${reason}`;
    case 'stuck':
      return `This needs you. ${whereItRuns(result)}${reason}`;
  }
}

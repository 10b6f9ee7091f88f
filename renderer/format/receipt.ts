import type { MigrationSnapshot } from '../../electron/ipc/views.ts';
import { protectionOf, protectionWords } from './stream-security.ts';
import { duration, exactTime } from './time.ts';

export interface HostNames {
  source: string;
  destination: string;
}

const outcomes = {
  migrated: 'Moved',
  failed: 'Failed',
  cancelled: 'Cancelled',
  refused: 'Refused',
  stuck: 'Needs a person',
} as const;

/** The outcome in a word or three. */
export function outcomeWord(outcome: keyof typeof outcomes): string {
  return outcomes[outcome];
}

/** Where the guest runs now, in one sentence; `undefined` while it is still on its way. */
export function runsWhere(migration: MigrationSnapshot, names: HostNames): string | undefined {
  const { result, guest } = migration;
  if (!result) return undefined;
  if (result.runningOn === 'unknown') return `It is not known whether ${guest.name} runs, or where.`;
  return `${guest.name} runs on ${names[result.runningOn]}.`;
}

/** The measured pause, or why there is no figure. */
export function pauseText(downtimeMs: number | null): string {
  return downtimeMs === null ? 'not measured' : duration(downtimeMs);
}

function line(label: string, value: string): string {
  return `${label.padEnd(14)}${value}`;
}

/** The whole receipt as plain text, with exact times and every stream's evidence. */
export function receiptText(migration: MigrationSnapshot, names: HostNames): string {
  const { result, guest, streams, changes, startedAtMs } = migration;
  if (!result) return '';
  const { error } = result;
  return [
    `${guest.name} (${guest.uuid}): ${outcomeWord(result.outcome).toLowerCase()}`,
    '',
    line('Source', result.source),
    line('Destination', result.destination),
    line('Runs on', result.runningOn === 'unknown' ? 'unknown' : names[result.runningOn]),
    line('Started', exactTime(startedAtMs)),
    line('Ended', exactTime(startedAtMs + result.totalMs)),
    line('Took', duration(result.totalMs)),
    line('Pause', pauseText(result.downtimeMs)),
    line('Mode', `${result.mode}, ${result.control}`),
    ...(error
      ? ['', 'What went wrong', `- ${error.message} (${error.code}, ${error.side}, ${error.phase})`]
      : []),
    ...(error ? [`- ${error.remedy}`] : []),
    '',
    'Streams',
    ...streams.map(
      (stream) =>
        `- ${stream.name}: ${protectionWords[protectionOf(stream)]}; ${stream.path}; ${stream.by}; ${stream.evidence}`,
    ),
    ...(changes.length > 0 ? ['', result.outcome === 'migrated' ? 'Changed' : 'Planned changes'] : []),
    ...changes.map(({ side, text }) => `- ${names[side]}: ${text}`),
    '',
  ].join('\n');
}

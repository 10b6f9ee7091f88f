import type { DataStream } from '../../engine/data-stream.ts';
import type { Finding } from '../../engine/finding.ts';
import { connectionLines } from '../../ipc/connection-words.ts';

const marks = { ok: 'fine', info: 'note', warning: 'LOOK', error: 'STOP', unknown: 'UNKNOWN' } as const;

/** One finding in words, its remedy below it. */
export function findingText({ level, side, summary, remedy }: Finding): string {
  const text = `${marks[level].padEnd(8)}${side.padEnd(12)} ${summary}`;
  return remedy === undefined || level === 'ok' ? text : `${text}\n${' '.repeat(21)}${remedy}`;
}

/** One stream with its protection in words. */
export function streamText(stream: DataStream): string {
  const { name, path, encrypted, authenticated, by } = stream;
  const lock = encrypted
    ? authenticated
      ? 'encrypted, verified'
      : 'encrypted, NOT VERIFIED'
    : 'IN THE CLEAR';
  return [`${name}: ${lock}`, path, by, ...connectionLines(stream)].join('\n  ');
}

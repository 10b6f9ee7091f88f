import { z } from 'zod';
import { parseJsonLine } from '../../common/append-lines.ts';
import type { NumberedLine } from '../../common/numbered-lines.ts';
import { receiptSchema, type Receipt } from '../receipt/receipt.ts';

const historyVersion = 1;

const anyVersion = z.looseObject({ version: z.number().int().positive() });
const entry = z.object({ version: z.literal(historyVersion), receipt: receiptSchema });

/** What a line of the history is. `empty` stands between an entry that was cut off and the next. */
export type ReadLine = { kind: 'receipt'; receipt: Receipt } | LineTrouble | { kind: 'empty' };

/** A line that holds no receipt, or none for this version. */
export interface LineTrouble {
  kind: 'newer' | 'damaged' | 'cut-off';
  number: number;
}

export function historyLine(receipt: Receipt): string {
  return `${JSON.stringify({ version: historyVersion, receipt })}\n`;
}

export function readHistoryLine({ number, text, isWhole }: NumberedLine): ReadLine {
  if (!isWhole) return { kind: 'cut-off', number };
  if (text === '') return { kind: 'empty' };
  const value = text === undefined ? undefined : parseJsonLine(text);
  const version = anyVersion.safeParse(value);
  if (version.success && version.data.version > historyVersion) return { kind: 'newer', number };
  const read = entry.safeParse(value);
  return read.success ? { kind: 'receipt', receipt: read.data.receipt } : { kind: 'damaged', number };
}

/** Lines named in one sentence; the rest is counted. */
const named = 5;

/** What could not be read, in sentences. */
export function problemsIn(lines: readonly LineTrouble[]): string[] {
  const numbers = (kind: LineTrouble['kind']): number[] =>
    lines.flatMap((line) => (line.kind === kind ? [line.number] : []));
  const [newer, damaged, cutOff] = [numbers('newer'), numbers('damaged'), numbers('cut-off')];
  return [
    ...(damaged.length === 0 ? [] : [`${which(damaged)} damaged and left out.`]),
    ...(newer.length === 0
      ? []
      : [`${which(newer)} of a newer Viaduct and left out; that version shows it.`]),
    ...(cutOff.length === 0 ? [] : ['The last line is cut off and left out: its writing was interrupted.']),
  ];
}

function which(numbers: readonly number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [first] = sorted;
  if (sorted.length === 1) return `Line ${first ?? ''} is`;
  const rest = sorted.length > named ? ` and ${sorted.length - named} more` : '';
  return `Lines ${sorted.slice(0, named).join(', ')}${rest} are`;
}

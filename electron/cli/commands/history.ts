import { BadInputError } from '../../common/errors.ts';
import { formatDuration } from '../../common/units.ts';
import { History } from '../../engine/history/history.ts';
import type { Receipt } from '../../engine/receipt/receipt.ts';
import { exactTime, outcomeWord, receiptText } from '../../ipc/receipt-text.ts';
import { exitCodes } from '../exit-codes.ts';
import { writeJsonLine } from '../output/json-lines.ts';
import { printable } from '../output/printable.ts';
import { tableText } from '../output/table-text.ts';

export interface HistoryRequest {
  /** A guest's name or UUID, or the beginning of a receipt's id; without it, all. */
  which: string | undefined;
  limit: number;
  json: boolean;
}

/** Fewer digits name too many receipts. */
const shortestId = 4;

function fits({ id, guest, uuid }: Receipt, which: string): boolean {
  return guest === which || uuid === which || (which.length >= shortestId && id.startsWith(which));
}

const columns = ['began', 'guest', 'source', 'destination', 'outcome', 'took', 'pause', 'receipt'] as const;

function row({ startedAt, guest, source, destination, outcome, totalMs, downtimeMs, id }: Receipt): string[] {
  const pause = downtimeMs === null ? '-' : formatDuration(downtimeMs);
  const cells = [
    exactTime(startedAt),
    guest,
    source,
    destination,
    outcomeWord(outcome),
    formatDuration(totalMs),
  ];
  return [...cells, pause, id.slice(0, 8)].map(printable);
}

function printText(receipts: readonly Receipt[], which: string | undefined): void {
  const [newest] = receipts;
  if (newest === undefined) {
    process.stdout.write('Nothing has been moved yet.\n');
    return;
  }
  if (which !== undefined) {
    // Line by line: the line ends are ours.
    process.stdout.write(receiptText(newest).split('\n').map(printable).join('\n'));
    if (receipts.length === 1) return;
    process.stdout.write('\nEarlier\n');
  }
  const listed = which === undefined ? receipts : receipts.slice(1);
  process.stdout.write(`${tableText([columns, ...listed.map(row)])}\n`);
}

/**
 * Lists the migrations that have ended, newest first, or shows the newest receipt of those asked for in full.
 *
 * @throws {BadInputError} `receipt-unknown` where none fits
 */
export async function runHistory(home: string, { which, limit, json }: HistoryRequest): Promise<number> {
  const only = which === undefined ? undefined : (receipt: Receipt) => fits(receipt, which);
  const { receipts, older, problems } = await new History(home).read({ limit, only });
  for (const problem of problems) process.stderr.write(`The history: ${problem}\n`);
  if (which !== undefined && receipts.length === 0) {
    throw new BadInputError(
      'receipt-unknown',
      `The history has no migration of "${printable(which.slice(0, 100))}".`,
      {
        remedy: 'Name a guest, its UUID, or a receipt as "viaduct history" lists it.',
      },
    );
  }
  if (json) {
    for (const receipt of receipts) writeJsonLine('migration', receipt);
    writeJsonLine('result', {
      outcome: 'done',
      shown: receipts.length,
      hasOlder: older !== undefined,
      problems,
    });
    return exitCodes.done;
  }
  printText(receipts, which);
  if (older !== undefined)
    process.stdout.write(`There are older ones; --limit N shows more than ${limit}.\n`);
  return exitCodes.done;
}

import { randomUUID } from 'node:crypto';
import type { History } from '../history/history.ts';
import type { OwnedJournal } from '../journal/journals.ts';
import type { MigrationResult } from '../outcome.ts';
import { makeReceipt } from '../receipt/make-receipt.ts';
import type { Receipt } from '../receipt/receipt.ts';

/**
 * The receipt of a run that was taken up, where the history has not got it yet: also not from a process that was killed
 * between that and the end of the journal. What was left to a person, or left something behind, has a receipt of its own once it is settled.
 *
 * @throws {ViaductError} `history-unreadable`; {JournalError} `journal-unwritable`
 */
export async function receiptOnce(
  { file }: Pick<OwnedJournal, 'file'>,
  result: MigrationResult,
  history: Pick<History, 'find'>,
): Promise<Receipt | undefined> {
  const { header, replayed } = file;
  let id: string | undefined;
  for (const known of [header.id, ...replayed.receiptIds]) {
    const kept = await history.find(known);
    if (kept === undefined) id ??= known;
    else if (kept.outcome === result.outcome && kept.leftover === result.leftover) return undefined;
  }
  if (id === undefined) {
    id = randomUUID();
    // Before it is in the history: whoever takes this up next looks for it there.
    await file.record({ type: 'receipt', id });
  }
  const { plan, findings, identities, at } = header;
  return makeReceipt({
    id,
    startedAt: new Date(at),
    endedAt: new Date(),
    source: plan.source,
    destination: plan.destination,
    options: plan.options,
    review: { plan, findings, identities },
    result,
  });
}

import { describe, expect, test } from 'vitest';
import type { JournalFile } from '../../../../electron/engine/journal/journal-file.ts';
import type { JournalEntry } from '../../../../electron/engine/journal/journal-entry.ts';
import { replayNext, replayStart } from '../../../../electron/engine/journal/replay.ts';
import type { MigrationResult } from '../../../../electron/engine/outcome.ts';
import { receiptOnce } from '../../../../electron/engine/recover/receipt-once.ts';
import type { Receipt } from '../../../../electron/engine/receipt/receipt.ts';
import { headerFor, runId } from '../journal/any-journal.ts';

/** A history and a journal, which is read anew for each attempt. */
class Records {
  readonly receipts: Receipt[] = [];
  readonly entries: JournalEntry[] = [];

  /** As `recover` does it; `isKilled` between the journal and the history. */
  async settle(outcome: MigrationResult['outcome'], isKilled = false, leftover?: true): Promise<void> {
    const header = headerFor();
    const file = {
      header,
      replayed: this.entries.reduce(replayNext, replayStart(header)),
      record: (entry: JournalEntry) => Promise.resolve(void this.entries.push(entry)),
    } as unknown as JournalFile;
    const find = (id: string) => Promise.resolve(this.receipts.find((receipt) => receipt.id === id));
    const result = { outcome, guest: 'web01', runningOn: 'unknown', leftover } as MigrationResult;
    const receipt = await receiptOnce({ file }, result, { find });
    if (receipt !== undefined && !isKilled) this.receipts.push(receipt);
  }

  get told(): string[] {
    return this.receipts.map(({ outcome }) => outcome);
  }
}

describe('the receipt of a run that was taken up', () => {
  test('has the id of the run, and is written once', async () => {
    const records = new Records();
    await records.settle('migrated', true);
    await records.settle('migrated');
    await records.settle('migrated');
    expect(records.told).toEqual(['migrated']);
    expect(records.receipts[0]?.id).toBe(runId);
    expect(records.receipts[0]?.startedAt).toBe(headerFor().at);
  });

  test('is followed by one more where a person’s case is settled, however often that is tried', async () => {
    const records = new Records();
    await records.settle('stuck');
    await records.settle('stuck');
    await records.settle('migrated', true);
    await records.settle('migrated', true);
    await records.settle('migrated');
    await records.settle('migrated');
    expect(records.told).toEqual(['stuck', 'migrated']);
    expect(new Set(records.receipts.map(({ id }) => id)).size).toBe(2);
    expect(records.entries).toEqual([{ type: 'receipt', id: records.receipts[1]?.id }]);
  });

  test('is followed by one more where something was left, and is no more', async () => {
    const records = new Records();
    await records.settle('failed', false, true);
    await records.settle('failed', false, true);
    await records.settle('failed');
    await records.settle('failed');
    expect(records.receipts.map(({ leftover }) => leftover)).toEqual([true, undefined]);
  });
});

import { open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { appendLines } from '../../common/append-lines.ts';
import { syncFolder } from '../../common/atomic-file.ts';
import { messageOf, ViaductError } from '../../common/errors.ts';
import { numberedLines } from '../../common/numbered-lines.ts';
import type { Receipt } from '../receipt/receipt.ts';
import { historyLine, problemsIn, readHistoryLine, type LineTrouble } from './history-entries.ts';

/** A part of the history, newest first. */
export interface HistoryPage {
  receipts: Receipt[];
  /** Names the part that follows, of older ones; `undefined` where there are none. */
  older: number | undefined;
  /** What of this part could not be read, in sentences. */
  problems: string[];
}

export interface HistoryRequest {
  limit: number;
  /** `older` of the part before; without it, the newest. */
  before?: number | undefined;
  /** Leaves out receipts that this is false for. */
  only?: ((receipt: Receipt) => boolean) | undefined;
}

/** A receipt with all its streams takes some 5 KiB. */
const maxLineBytes = 1024 * 1024;
/** Lines that cannot be read, to be told of. */
const maxTroubles = 1000;

/**
 * The receipts of all migrations that have ended, of every process: `history.ndjson`, one JSON object a line, only ever
 * appended to. It is an account and nothing depends on it, so that what is damaged in it is told of and passed over.
 */
export class History {
  readonly path: string;

  constructor(home: string) {
    this.path = join(home, 'history.ndjson');
  }

  /**
   * Durable once it resolves. Several processes may append at the same time.
   *
   * @throws {ViaductError} `history-unwritable`
   */
  async append(receipt: Receipt): Promise<void> {
    try {
      const size = await sizeOf(this.path);
      // A line that was cut off must not take this one with it. An empty line does no harm where it got its end meanwhile.
      const start = size > 0 && !(await endsWithLine(this.path, size)) ? '\n' : '';
      await appendLines(this.path, start + historyLine(receipt), { create: true });
      if (size === 0) await syncFolder(dirname(this.path));
    } catch (cause) {
      throw new ViaductError(
        'history-unwritable',
        `The history ${this.path} cannot be written: ${messageOf(cause)}`,
        {
          cause,
          side: 'client',
          remedy: 'Look at the mode of that file and at the room on its disk.',
        },
      );
    }
  }

  /**
   * Never holds more than the part that was asked for.
   *
   * @throws {ViaductError} `history-unreadable` where there is no reading the file at all.
   */
  async read({ limit, before = Infinity, only = () => true }: HistoryRequest): Promise<HistoryPage> {
    // Both oldest first, and bounded.
    let kept: { number: number; receipt: Receipt }[] = [];
    let troubles: LineTrouble[] = [];
    let hasOlder = false;
    try {
      for await (const numbered of numberedLines(this.path, maxLineBytes)) {
        if (numbered.number >= before) break;
        const line = readHistoryLine(numbered);
        if (line.kind === 'empty') continue;
        if (line.kind !== 'receipt') {
          troubles = [...troubles.slice(-maxTroubles), line];
          continue;
        }
        if (!only(line.receipt)) continue;
        kept.push({ number: numbered.number, receipt: line.receipt });
        if (kept.length < 2 * limit) continue;
        kept = kept.slice(-limit);
        hasOlder = true;
      }
    } catch (cause) {
      throw new ViaductError(
        'history-unreadable',
        `The history ${this.path} cannot be read: ${messageOf(cause)}`,
        {
          cause,
          side: 'client',
          remedy: 'Mend its mode, or move the file away; a new one is then begun.',
        },
      );
    }
    const page = kept.slice(-limit);
    const older = hasOlder || kept.length > limit ? page[0]?.number : undefined;
    return {
      receipts: page.map(({ receipt }) => receipt).toReversed(),
      older,
      problems: problemsIn(troubles.filter(({ number }) => number > (older ?? 0))),
    };
  }

  /** The one receipt with this id. @throws {ViaductError} `history-unreadable` */
  async find(id: string): Promise<Receipt | undefined> {
    const { receipts } = await this.read({ limit: 1, only: (receipt) => receipt.id === id });
    return receipts[0];
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}

async function endsWithLine(path: string, size: number): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer[0] === 0x0a;
  } finally {
    await file.close();
  }
}

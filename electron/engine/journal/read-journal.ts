import { z } from 'zod';
import { messageOf } from '../../common/errors.ts';
import { journalRecord, type JournalRecord } from './journal-entry.ts';
import { damaged, newer } from './journal-error.ts';
import { journalFormat, journalHeader, journalVersion, type JournalHeader } from './journal-header.ts';
import { jsonOf, readLines } from './journal-lines.ts';
import { replayNext, replayStart, type Replayed } from './replay.ts';

export interface ReadJournal {
  header: JournalHeader;
  replayed: Replayed;
  /** Of the last line. */
  digest: string;
  /** The number of the last entry; 0 where there is none. */
  entries: number;
  wholeBytes: number;
}

const anyVersion = z.looseObject({ format: z.literal(journalFormat), version: z.number().int() });

/**
 * A journal from its bytes. Pure; nothing in it is guessed at.
 *
 * @throws {JournalError} `journal-damaged`, `journal-newer`
 */
export function readJournal(path: string, bytes: Buffer): ReadJournal {
  const [firstText = ''] = bytes.toString('utf8').split('\n', 1);
  const version = anyVersion.safeParse(jsonOf(firstText));
  // Before anything else is judged: a later format may differ in all of it.
  if (version.success && version.data.version > journalVersion) throw newer(path, version.data.version);
  const { lines, digest, wholeBytes } = readLines(path, bytes);
  const [first, ...rest] = lines;
  const header = journalHeader.safeParse(first?.value);
  if (!header.success) throw damaged(path, 1, 'is not the head of a journal', header.error);
  const replayed = rest.reduce((current, { number, value }, index) => {
    const record = readRecord(path, number, value);
    if (record.n !== index + 1)
      throw damaged(path, number, `has the number ${record.n} in the place of ${index + 1}`);
    try {
      return replayNext(current, record.entry);
    } catch (error) {
      throw damaged(path, number, `says what cannot have happened (${messageOf(error)})`, error);
    }
  }, replayStart(header.data));
  return { header: header.data, replayed, digest, entries: rest.length, wholeBytes };
}

function readRecord(path: string, number: number, value: unknown): JournalRecord {
  const record = journalRecord.safeParse(value);
  if (record.success) return record.data;
  throw damaged(path, number, 'is not understood', record.error);
}

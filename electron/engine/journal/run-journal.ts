import type { JournalEntry } from './journal-entry.ts';

/**
 * What a run writes down of itself. Entries are kept in the order of the calls; once one could not be written, none is
 * any more.
 */
export interface RunJournal {
  /** Survives the end of this process, though maybe not of this machine. Never throws, and nothing waits for it. */
  note(entry: JournalEntry): void;
  /** Resolves once all that was noted is on the disk. @throws {JournalError} `journal-unwritable` */
  flush(): Promise<void>;
}

/** For what is not worth a journal: a throw-away guest, that is gone with its run. */
export const noJournal: RunJournal = {
  note: () => undefined,
  flush: () => Promise.resolve(),
};

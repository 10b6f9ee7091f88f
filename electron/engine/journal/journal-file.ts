import { open, readFile, truncate, type FileHandle } from 'node:fs/promises';
import { writeFileAtomically } from '../../common/atomic-file.ts';
import { mapTexts, withoutSecrets } from '../receipt/clean-texts.ts';
import { unreadable, unwritable, type JournalError } from './journal-error.ts';
import type { JournalEntry, JournalRecord } from './journal-entry.ts';
import type { JournalHeader } from './journal-header.ts';
import { journalLine, noDigest } from './journal-lines.ts';
import { urisOfPlan } from './journal-plan.ts';
import { readJournal, type ReadJournal } from './read-journal.ts';
import { replayStart, type Replayed } from './replay.ts';
import type { RunJournal } from './run-journal.ts';

const patienceMs = 10_000;

/** The part of a `FileHandle` that is needed; anything else that keeps bytes will do. */
export type JournalSink = Pick<FileHandle, 'write' | 'sync' | 'close'>;

/** One journal, open for writing. Its owner alone may have it. */
export class JournalFile implements RunJournal {
  readonly path: string;
  readonly header: JournalHeader;
  /** As it was when it was opened. */
  readonly replayed: Replayed;
  readonly #sink: JournalSink;
  readonly #limitMs: number;
  readonly #clean: (text: string) => string;
  #digest: string;
  #entries: number;
  #writing: Promise<void> = Promise.resolve();
  #broken: JournalError | undefined;

  constructor(
    path: string,
    { header, replayed, digest, entries }: Omit<ReadJournal, 'wholeBytes'>,
    sink: JournalSink,
    limitMs = patienceMs,
  ) {
    this.#limitMs = limitMs;
    this.path = path;
    this.header = header;
    this.replayed = replayed;
    this.#sink = sink;
    this.#digest = digest;
    this.#entries = entries;
    this.#clean = withoutSecrets(urisOfPlan(header.plan));
  }

  /** Durable once it resolves, for its owner's eyes only. @throws {JournalError} `journal-unwritable` */
  static async create(path: string, header: JournalHeader): Promise<JournalFile> {
    const { line, digest } = journalLine(noDigest, header);
    try {
      await writeFileAtomically(path, line);
      const read = { header, replayed: replayStart(header), digest, entries: 0 };
      return new JournalFile(path, read, await open(path, 'a'));
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  /** Reads without changing anything. @throws {JournalError} */
  static async read(path: string): Promise<ReadJournal> {
    let bytes: Buffer;
    try {
      bytes = await readFile(path);
    } catch (error) {
      throw unreadable(path, error);
    }
    return readJournal(path, bytes);
  }

  /** To go on with what another process left; a torn last line is taken off. @throws {JournalError} */
  static async resume(path: string): Promise<JournalFile> {
    const read = await JournalFile.read(path);
    try {
      await truncate(path, read.wholeBytes);
      return new JournalFile(path, read, await open(path, 'a'));
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  /** Why nothing can be written any more. */
  get broken(): JournalError | undefined {
    return this.#broken;
  }

  note(entry: JournalEntry): void {
    const record: JournalRecord = {
      n: this.#entries + 1,
      at: new Date().toISOString(),
      entry: entry.type === 'event' ? mapTexts(entry, this.#clean) : entry,
    };
    const { line, digest } = journalLine(this.#digest, record);
    this.#entries += 1;
    this.#digest = digest;
    this.#enqueue(async () => {
      const bytes = Buffer.from(line);
      const { bytesWritten } = await this.#sink.write(bytes);
      if (bytesWritten < bytes.length) throw new Error('only a part of an entry could be written');
    });
  }

  async flush(): Promise<void> {
    this.#enqueue(() => this.#sink.sync());
    await this.#written();
    if (this.#broken !== undefined) throw this.#broken;
  }

  /** Notes the entry, and resolves once it is on the disk. @throws {JournalError} `journal-unwritable` */
  async record(entry: JournalEntry): Promise<void> {
    this.note(entry);
    await this.flush();
  }

  /** Waits for what is being written. Never rejects. */
  async close(): Promise<void> {
    await this.#written();
    // What still hangs there must not keep the end of a migration from being told.
    if (this.#broken === undefined) await this.#sink.close().catch(() => undefined);
    else void this.#sink.close().catch(() => undefined);
  }

  /** A disk that does not answer counts as one that cannot be written: a guest may be paused for it meanwhile. */
  async #written(): Promise<void> {
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => {
      this.#broken ??= unwritable(this.path, new Error(`no answer from the disk within ${this.#limitMs} ms`));
      late.resolve(undefined);
    }, this.#limitMs);
    await Promise.race([this.#writing, late.promise]);
    clearTimeout(timer);
  }

  /** One after another; after the first failure nothing more. */
  #enqueue(work: () => Promise<void>): void {
    this.#writing = this.#writing.then(async () => {
      if (this.#broken !== undefined) return;
      try {
        await work();
      } catch (error) {
        this.#broken = unwritable(this.path, error);
      }
    });
  }
}

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { appendLines, parseJsonLine } from '../../common/append-lines.ts';
import { writeFileAtomically } from '../../common/atomic-file.ts';
import { SetupError } from '../errors.ts';
import type { SetupPlan } from '../plan/setup-plan.ts';
import {
  journalEntry,
  journalFormat,
  journalHeader,
  journalVersion,
  type JournalEntry,
  type JournalHeader,
} from './journal-entries.ts';
import { initialState, nextState, type TransactionState } from './transaction-state.ts';

type NewEntry = JournalEntry extends infer E ? (E extends JournalEntry ? Omit<E, 'at'> : never) : never;

/**
 * The record of one transaction on the workstation: a header with all that is going to be done, then one JSON object
 * a line, each on the disk before what it announces happens. It holds edits and digests, never the text of a file.
 */
export class Journal {
  readonly header: JournalHeader;
  readonly path: string;
  #state: TransactionState;

  private constructor(path: string, header: JournalHeader, state: TransactionState) {
    this.path = path;
    this.header = header;
    this.#state = state;
  }

  get state(): TransactionState {
    return this.#state;
  }

  /** Durable once it resolves; nothing has been done yet. */
  static async create(home: string, plan: SetupPlan, now = new Date()): Promise<Journal> {
    const stamp = now
      .toISOString()
      .replace(/[-:]|\..*/g, '')
      .toLowerCase();
    const header: JournalHeader = {
      format: journalFormat,
      version: journalVersion,
      id: `${stamp}-${randomBytes(4).toString('hex')}`,
      at: now.toISOString(),
      host: plan.host,
      connectUri: plan.connectUri,
      machineId: plan.machineId,
      changes: plan.changes.map(({ title, step }) => ({ title, step })),
      selfTest: plan.selfTest,
    };
    const folder = journalFolder(home, plan.host);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, `${header.id}.ndjson`);
    await writeFileAtomically(path, `${JSON.stringify(header)}\n`);
    return new Journal(path, header, initialState);
  }

  /**
   * A last line that is cut off was never acted upon, because acting waits for the whole line: it is dropped.
   *
   * @throws {SetupError} `setup-journal-damaged`, `setup-journal-newer`.
   */
  static async read(path: string): Promise<Journal> {
    const bytes = await readFile(path);
    const whole = bytes.lastIndexOf(0x0a) + 1;
    const [first = '', ...lines] = bytes.subarray(0, whole).toString('utf8').trimEnd().split('\n');
    const header = readHeader(path, first);
    const state = lines.reduce((current, line, index) => {
      const entry = journalEntry.safeParse(parseJsonLine(line));
      if (!entry.success || isBeyond(entry.data, header)) throw damaged(path, index + 2, entry.error);
      return nextState(current, entry.data);
    }, initialState);
    if (whole < bytes.length) await truncate(path, whole);
    return new Journal(path, header, state);
  }

  /** Of one host, oldest first. */
  static async all(home: string, host: string): Promise<Journal[]> {
    const folder = journalFolder(home, host);
    const names = await readdir(folder).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    });
    const journals = names.filter((name) => name.endsWith('.ndjson')).toSorted();
    return Promise.all(journals.map((name) => Journal.read(join(folder, name))));
  }

  /** Durable once it resolves. */
  async append(entry: NewEntry): Promise<void> {
    const whole = journalEntry.parse({ ...entry, at: new Date().toISOString() });
    await appendLines(this.path, `${JSON.stringify(whole)}\n`);
    this.#state = nextState(this.#state, whole);
  }
}

/** A name cannot lead out of the folder: a slash is encoded, and a dot at the begin as well. */
export function journalFolder(home: string, host: string): string {
  const name = encodeURIComponent(host.toLowerCase()).replace(/^\./, '%2E');
  return join(home, 'setup', name);
}

const anyVersion = z.looseObject({ format: z.literal(journalFormat), version: z.number().int() });

function readHeader(path: string, line: string): JournalHeader {
  const value = parseJsonLine(line);
  const version = anyVersion.safeParse(value);
  if (version.success && version.data.version > journalVersion) {
    throw new SetupError('setup-journal-newer', `The journal ${path} was written by a newer Viaduct.`, {
      side: 'client',
      remedy: 'Use that version, or a later one, to go on with this host.',
    });
  }
  const header = journalHeader.safeParse(value);
  if (!header.success) throw damaged(path, 1, header.error);
  return header.data;
}

function isBeyond(entry: JournalEntry, { changes }: JournalHeader): boolean {
  return 'step' in entry && entry.step >= changes.length;
}

function damaged(path: string, line: number, cause: unknown): SetupError {
  return new SetupError('setup-journal-damaged', `Line ${line} of the journal ${path} is damaged.`, {
    cause,
    side: 'client',
    remedy:
      'Restore it from a backup, or put the files back by hand: on the host, those ending in ".old" with ".viaduct-" in their name are what was there before. Then move the journal away.',
  });
}

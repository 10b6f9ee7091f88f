import { readFile } from 'node:fs/promises';
import { appendLines, parseJsonLine } from '../common/append-lines.ts';
import {
  ledgerEntry,
  ledgerFormat,
  ledgerHeader,
  ledgerVersion,
  type LedgerEntry,
} from './ledger-entries.ts';
import { PkiError } from './pki-error.ts';

/** The content of a ledger without entries. */
export const emptyLedger = `${JSON.stringify({ format: ledgerFormat, version: ledgerVersion })}\n`;

/**
 * What an authority has issued and revoked: one JSON object a line, only ever appended to.
 *
 * A ledger that is cut off, damaged or of a newer version is an error and never read in part: a certificate that
 * was forgotten could not be revoked.
 */
export class Ledger {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws {PkiError} `ledger-unreadable`, `ledger-truncated`, `ledger-damaged`, `ledger-newer`. */
  async read(): Promise<LedgerEntry[]> {
    const lines = await this.#lines();
    this.#checkHeader(lines[0] ?? '');
    const entries = lines.slice(1).map((line, index) => this.#entry(line, index + 2));
    this.#checkSerials(entries);
    return entries;
  }

  /**
   * Durable once it resolves. Nothing is appended to a ledger that cannot be read.
   *
   * Two processes may append at the same time: each entry is one write to the end of the file.
   */
  async append(...entries: readonly LedgerEntry[]): Promise<void> {
    await this.read();
    await appendLines(this.#path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  }

  async #lines(): Promise<string[]> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (cause) {
      throw new PkiError('ledger-unreadable', `The ledger ${this.#path} cannot be read.`, {
        cause,
        side: 'client',
        remedy: 'Restore the file from a backup, or mend its mode.',
      });
    }
    if (!text.endsWith('\n')) throw this.#truncated();
    return text.slice(0, -1).split('\n');
  }

  #checkHeader(line: string): void {
    const header = ledgerHeader.safeParse(parseJsonLine(line));
    if (!header.success) throw this.#damaged(1, header.error);
    if (header.data.version === ledgerVersion) return;
    throw new PkiError('ledger-newer', `The ledger ${this.#path} was written by a newer Viaduct.`, {
      side: 'client',
      remedy: 'Use that version, or a later one, with this authority.',
    });
  }

  #entry(line: string, lineNumber: number): LedgerEntry {
    const entry = ledgerEntry.safeParse(parseJsonLine(line));
    if (!entry.success) throw this.#damaged(lineNumber, entry.error);
    return entry.data;
  }

  /** A serial number is issued once, and revoked only after that. */
  #checkSerials(entries: readonly LedgerEntry[]): void {
    const known = new Set<string>();
    for (const [index, entry] of entries.entries()) {
      if (!('serial' in entry)) continue;
      if (known.has(entry.serial) === (entry.type !== 'revoked')) throw this.#damaged(index + 2);
      known.add(entry.serial);
    }
  }

  #truncated(): PkiError {
    return new PkiError('ledger-truncated', `The last line of the ledger ${this.#path} is cut off.`, {
      side: 'client',
      remedy:
        'Nothing that an unfinished line describes has left Viaduct: remove that line, after comparing the file with a backup.',
    });
  }

  #damaged(lineNumber: number, cause?: unknown): PkiError {
    return new PkiError('ledger-damaged', `Line ${lineNumber} of the ledger ${this.#path} is damaged.`, {
      cause,
      side: 'client',
      remedy: 'Restore the file from a backup; nothing is issued or revoked until it can be read.',
    });
  }
}

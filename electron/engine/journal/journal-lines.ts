import { createHash } from 'node:crypto';
import { parseJsonLine } from '../../common/append-lines.ts';
import { damaged } from './journal-error.ts';

/*
 * A journal is lines of `DIGEST JSON`. The digest covers the line and, by the digest before it, every line above it:
 * no line can be changed, taken out or put in between without that being seen.
 */

const digestChars = 16;
const newline = 0x0a;

/** The digest that the first line goes on from. */
export const noDigest = '';

export interface ReadLine {
  /** Of the file, from 1. */
  number: number;
  value: unknown;
}

export interface ReadLines {
  lines: ReadLine[];
  /** Of the last line. */
  digest: string;
  /** So much of the file is whole lines; what follows was torn off. */
  wholeBytes: number;
}

/** One line with its end, and the digest for the next. */
export function journalLine(before: string, value: unknown): { line: string; digest: string } {
  const json = JSON.stringify(value);
  const digest = digestOf(before, json);
  return { line: `${digest} ${json}\n`, digest };
}

/** The JSON of a line, whether or not its digest fits. */
export function jsonOf(line: string): unknown {
  return parseJsonLine(line.slice(digestChars + 1));
}

/**
 * The lines of a journal. A last line without its end was torn by a crash and is left out: what it announces waits for
 * the whole of it, so it was not done.
 *
 * @throws {JournalError} `journal-damaged` for anything else that is not as it was written.
 */
export function readLines(path: string, bytes: Buffer): ReadLines {
  const wholeBytes = bytes.lastIndexOf(newline) + 1;
  const texts = bytes.subarray(0, wholeBytes).toString('utf8').split('\n').slice(0, -1);
  let digest = noDigest;
  const lines = texts.map((text, index) => {
    const next = checked(digest, text);
    if (next === undefined) throw damaged(path, index + 1, 'is damaged');
    digest = next;
    return { number: index + 1, value: jsonOf(text) };
  });
  const torn = bytes.subarray(wholeBytes);
  // A part of a line never is a whole one with something behind it: there, its end was changed.
  if (torn.length > 0 && checked(digest, torn.subarray(0, -1).toString('utf8')) !== undefined)
    throw damaged(path, lines.length + 1, 'is damaged at its end');
  return { lines, digest, wholeBytes };
}

/** @returns the digest of a line that is as it was written */
function checked(before: string, text: string): string | undefined {
  const digest = digestOf(before, text.slice(digestChars + 1));
  return text.startsWith(`${digest} `) ? digest : undefined;
}

function digestOf(before: string, json: string): string {
  return createHash('sha256').update(`${before} ${json}`).digest('hex').slice(0, digestChars);
}

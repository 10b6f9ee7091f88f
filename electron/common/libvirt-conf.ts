import { BadInputError } from './errors.ts';

export type ConfValue = string | number | readonly (string | number)[];

/** Assignments of a libvirt configuration file. */
export type ConfValues = ReadonlyMap<string, ConfValue>;

/** A line that libvirt would not accept either. Code `conf-invalid`. */
export class ConfError extends BadInputError {
  constructor(line: number, text: string) {
    super('conf-invalid', `Line ${line} of the configuration cannot be read: ${text.slice(0, 80)}`);
  }
}

/** One `key = value` of the text; the value is `text.slice(valueStart, valueEnd)`. */
export interface ConfAssignment {
  key: string;
  value: ConfValue;
  /** Where its key begins. */
  start: number;
  valueStart: number;
  valueEnd: number;
}

const maxConfChars = 256 * 1024;

/**
 * Reads a file in libvirt's configuration format. Of two assignments to one key the first counts, as it does for
 * libvirt (`virConfGetValue` takes the first entry of that name).
 *
 * @throws {ConfError} libvirt would refuse the file, or it is longer than 256 KiB.
 */
export function parseConf(text: string): ConfValues {
  const values = new Map<string, ConfValue>();
  for (const { key, value } of confAssignments(text)) if (!values.has(key)) values.set(key, value);
  return values;
}

/**
 * All assignments in the order of the text, by the grammar of libvirt's `virconf.c`: `key = value` up to the end of
 * the line or a `;`, `#` comments, strings in double or single quotes on one line, in triple double quotes over
 * several, whole numbers, lists in brackets over several lines without comments in them. There are no escapes.
 *
 * @throws {ConfError} as `parseConf`.
 */
export function confAssignments(text: string): ConfAssignment[] {
  if (text.length > maxConfChars) throw new ConfError(0, 'it is longer than 256 KiB');
  const scanner = new Scanner(text);
  const found: ConfAssignment[] = [];
  for (;;) {
    scanner.take(/(?:[ \t\r\n]|#[^\r\n]*)*/y);
    if (scanner.atEnd) return found;
    found.push(scanner.assignment());
  }
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Moves behind what the sticky pattern matches here. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }

  assignment(): ConfAssignment {
    const start = this.#at;
    const key = this.#must(/([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/y)[1] ?? '';
    const valueStart = this.#at;
    const value = this.#value();
    const valueEnd = this.#at;
    this.#must(/[ \t]*(?:;|(?:#[^\r\n]*)?(?:\r?\n|\r|$))/y);
    return { key, value, start, valueStart, valueEnd };
  }

  #value(): ConfValue {
    if (this.take(/\[[ \t\r\n]*/y)) return this.#list();
    return this.#scalar();
  }

  #list(): ConfValue {
    const values: (string | number)[] = [];
    while (!this.take(/\]/y)) {
      values.push(this.#scalar());
      if (!this.take(/[ \t\r\n]*,[ \t\r\n]*/y)) this.#must(/[ \t\r\n]*(?=\])/y);
    }
    return values;
  }

  #scalar(): string | number {
    const number = this.take(/[+-]?[0-9]+/y);
    if (number) return Number(number[0]);
    const triple = this.take(/"""([^]*?)"""/y);
    if (triple) return triple[1] ?? '';
    const quoted = this.#must(/"([^"\r\n]*)"|'([^'\r\n]*)'/y);
    return quoted[1] ?? quoted[2] ?? '';
  }

  #must(pattern: RegExp): RegExpExecArray {
    const match = this.take(pattern);
    if (match) return match;
    const before = this.#text.slice(0, this.#at);
    const line = before.split('\n').length;
    throw new ConfError(line, this.#text.split('\n')[line - 1] ?? '');
  }
}

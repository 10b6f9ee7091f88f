import { BadInputError } from '../../common/errors.ts';
import { insertLine, lineEnding, linesOf } from './lines.ts';

/** A line that oslo.config would not accept either. Code `ini-invalid`. */
export class IniError extends BadInputError {
  constructor(line: string) {
    super('ini-invalid', `A line of the configuration goes on with nothing above it: ${line.slice(0, 80)}`);
  }
}

interface IniEntry {
  key: string;
  value: string;
  valueStart: number;
  /** Behind the last line of the value, without its line ending. */
  valueEnd: number;
}

/**
 * The last value of a key in a section, as oslo.config takes it: a section may come several times, a value goes on
 * in indented lines below it, there are no comments behind a value.
 *
 * @throws {IniError} oslo.config would refuse the file.
 */
export function iniValue(text: string, section: string, key: string): string | undefined {
  return entriesOf(text, section).findLast((entry) => entry.key === key)?.value;
}

/**
 * Gives keys of one section their values and keeps every other byte; where it comes twice, the last one is changed,
 * which is the one that counts. A new one goes below the commented example, else below the head of the section, else
 * with the section to the end.
 *
 * @throws {BadInputError} `ini-value` a value of more than one line.
 */
export function editIni(text: string, section: string, settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings).reduce((current, [key, value]) => {
    if (/[\r\n\0]|^\s|\s$/.test(value)) {
      throw new BadInputError('ini-value', `The value of ${key} is not one line.`);
    }
    return setValue(current, section, key, value);
  }, text);
}

function setValue(text: string, section: string, key: string, value: string): string {
  const existing = entriesOf(text, section).findLast((entry) => entry.key === key);
  if (existing !== undefined) {
    if (existing.value === value) return text;
    const space = /[=:]$/.test(text.slice(0, existing.valueStart)) ? ' ' : '';
    return text.slice(0, existing.valueStart) + space + value + text.slice(existing.valueEnd);
  }
  const place = placeFor(text, section, key);
  if (place !== undefined) return insertLine(text, place, `${key} = ${value}`);
  return insertLine(text, text.length, `[${section}]${lineEnding(text)}${key} = ${value}`);
}

function sectionLines(text: string, section: string): ReturnType<typeof linesOf> {
  let current: string | undefined;
  return linesOf(text).filter(({ line }) => {
    current = /^\[([^\]]*)\]/.exec(line)?.[1] ?? current;
    return current === section;
  });
}

function entriesOf(text: string, section: string): IniEntry[] {
  const found: IniEntry[] = [];
  let open: IniEntry | undefined;
  for (const { start, line } of sectionLines(text, section)) {
    if (/^[ \t]+\S/.test(line)) {
      if (open === undefined) throw new IniError(line);
      open.valueEnd = start + line.length;
      open.value = `${open.value}\n${line.trim()}`.trim();
      continue;
    }
    const match = /^([^\s#;[=:][^=:]*?)[ \t]*[=:][ \t]*/.exec(line);
    open = match
      ? {
          key: match[1] ?? '',
          value: unquoted(line.slice(match[0].length).trim()),
          valueStart: start + match[0].length,
          valueEnd: start + line.length,
        }
      : undefined;
    if (open !== undefined) found.push(open);
  }
  return found;
}

function unquoted(value: string): string {
  return /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
}

function placeFor(text: string, section: string, key: string): number | undefined {
  const lines = sectionLines(text, section);
  const example = new RegExp(`^#[ \\t]*${key}[ \\t]*=`);
  return (lines.findLast(({ line }) => example.test(line)) ?? lines[0])?.next;
}

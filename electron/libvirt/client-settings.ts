import { BadInputError } from '../common/errors.ts';
import { shown } from './uri-text.ts';

export type ClientSettings = ReadonlyMap<string, string | readonly string[]>;

/** Blanks and line ends, comments among them, between the parts of a list. */
const gap = String.raw`(?:\s|#[^\n]*)*`;
const string = String.raw`"""[\s\S]*?"""|"[^"\n]*"|'[^'\n]*'`;
const number = String.raw`[+-]?\d+`;
const listItems = String.raw`(?:(?:${string}|${number})${gap}(?:,${gap}|(?=\])))*`;
const statement = new RegExp(
  String.raw`([A-Za-z][A-Za-z0-9_]*)[ \t]*=[ \t]*(?:(${string})|(${number})|(\[${gap}${listItems}\]))`,
  'y',
);
const skipped = /(?:\s|#[^\n]*)*/y;
const separator = /[ \t]*(?:#[^\n]*)?(?:[\n;]|$)/y;
const items = new RegExp(`${string}|${number}|#[^\\n]*`, 'g');

/**
 * The settings of a configuration file of libvirt (the language of src/util/virconf.c): `name = "text"`,
 * `name = [ "text", ... ]` or a number, which is given as its text; a later one replaces an earlier one.
 *
 * @param file its name, for messages
 * @throws {BadInputError} `bad-libvirt-conf`, with the line
 */
export function readClientSettings(text: string, file: string): ClientSettings {
  const settings = new Map<string, string | readonly string[]>();
  let offset = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = offset;
    const match = pattern.exec(text);
    if (match !== null) offset = pattern.lastIndex;
    return match;
  };
  for (take(skipped); offset < text.length; take(skipped)) {
    const start = offset;
    const [, name = '', quoted, digits, list] = take(statement) ?? [];
    if (name === '' || take(separator) === null) throw unreadable(text, start, file);
    settings.set(name, list === undefined ? (digits ?? unquoted(quoted ?? '')) : itemsOf(list));
  }
  return settings;
}

function itemsOf(list: string): string[] {
  const found = list.match(items) ?? [];
  return found.filter((item) => !item.startsWith('#')).map(unquoted);
}

function unquoted(item: string): string {
  const quotes = /^(?:"""|["'])/.exec(item)?.[0].length ?? 0;
  return item.slice(quotes, item.length - quotes);
}

function unreadable(text: string, offset: number, file: string): BadInputError {
  const line = text.slice(0, offset).split('\n').length;
  const [found = ''] = text.slice(offset).split('\n');
  return new BadInputError(
    'bad-libvirt-conf',
    `${file}: line ${line} cannot be read: "${shown(found.trim())}".`,
    { remedy: 'A line of this file is of the form name = "value".' },
  );
}

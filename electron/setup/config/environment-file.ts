import { BadInputError } from '../../common/errors.ts';
import { insertLine, linesOf } from './lines.ts';

interface Assignment {
  words: string[];
  start: number;
  end: number;
}

/** The words of a variable in a file of `EnvironmentFile=`; where it is set twice the last counts (systemd.exec(5)). */
export function environmentWords(text: string, variable: string): string[] | undefined {
  return lastAssignment(text, variable)?.words;
}

/** Adds a word to a variable and keeps every other byte. @throws {BadInputError} `environment-unreadable`. */
export function addEnvironmentWord(text: string, variable: string, word: string): string {
  const existing = lastAssignment(text, variable);
  if (existing === undefined) return insertLine(text, placeFor(text, variable), `${variable}="${word}"`);
  if (existing.words.includes(word)) return text;
  const line = `${variable}="${[...existing.words, word].join(' ')}"`;
  return text.slice(0, existing.start) + line + text.slice(existing.end);
}

function lastAssignment(text: string, variable: string): Assignment | undefined {
  const assigned = new RegExp(`^[ \\t]*${variable}[ \\t]*=`);
  const last = linesOf(text).findLast(({ line }) => assigned.test(line));
  if (last === undefined) return undefined;
  const value = last.line.slice(last.line.indexOf('=') + 1).trim();
  const match = /^(?:"([^"\\$`]*)"|'([^'\\]*)'|([^\s"'\\$`]*))$/.exec(value);
  if (!match) {
    throw new BadInputError('environment-unreadable', `The assignment of ${variable} cannot be understood.`, {
      remedy: `Write it on one line, as ${variable}="...".`,
    });
  }
  const words = (match[1] ?? match[2] ?? match[3] ?? '').split(/\s+/).filter((word) => word !== '');
  return { words, start: last.start, end: last.start + last.line.length };
}

function placeFor(text: string, variable: string): number {
  const example = new RegExp(`^[ \\t]*#[ \\t]*${variable}=`);
  return linesOf(text).findLast(({ line }) => example.test(line))?.next ?? text.length;
}

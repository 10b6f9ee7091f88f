import { BadInputError } from '../common/errors.ts';

const controls = /\p{Cc}/u;
const maxShownCharacters = 80;

export function badUri(message: string, cause?: unknown): BadInputError {
  return new BadInputError('bad-uri', message, cause === undefined ? {} : { cause });
}

/** What came from outside, for use in a sentence: on one line, nothing invisible, not long. */
export function shown(text: string): string {
  const printable = Array.from(text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?'));
  if (printable.length <= maxShownCharacters) return printable.join('');
  return `${printable.slice(0, maxShownCharacters).join('')}…`;
}

/** Undoes percent escapes. @throws {BadInputError} */
export function decodePart(text: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch (error) {
    throw badUri(`"${shown(text)}" has a broken percent escape.`, error);
  }
  if (controls.test(decoded)) throw badUri('A connect URI must not contain control characters.');
  return decoded;
}

export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

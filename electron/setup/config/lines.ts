/** The line ending that a text uses, so that what is added looks like the rest. */
export function lineEnding(text: string): '\r\n' | '\n' {
  return /\r?\n/.exec(text)?.[0] === '\r\n' ? '\r\n' : '\n';
}

/** Puts a line of its own at `position`, which is the begin of a line or the end of the text. */
export function insertLine(text: string, position: number, line: string): string {
  const before = text.slice(0, position);
  const ending = lineEnding(text);
  const separator = before === '' || /[\r\n]$/.test(before) ? '' : ending;
  return `${before}${separator}${line}${ending}${text.slice(position)}`;
}

/** Where each line begins, with its text without the line ending. */
export function linesOf(text: string): { start: number; next: number; line: string }[] {
  const found: { start: number; next: number; line: string }[] = [];
  for (const match of text.matchAll(/([^\r\n]*)(\r\n|\n|\r|$)/g)) {
    if (match[0] === '' && match.index > 0) break;
    found.push({ start: match.index, next: match.index + match[0].length, line: match[1] ?? '' });
  }
  return found;
}

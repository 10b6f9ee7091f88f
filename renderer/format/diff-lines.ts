/** A line of a unified diff. `place` is the head of a hunk; the names of the files are left out. */
export interface DiffLine {
  kind: 'added' | 'removed' | 'same' | 'place';
  sign: '+' | '−' | ' ' | '';
  text: string;
}

export interface Diff {
  lines: DiffLine[];
  added: number;
  removed: number;
}

function lineOf(line: string): DiffLine {
  if (line.startsWith('+')) return { kind: 'added', sign: '+', text: line.slice(1) };
  if (line.startsWith('-')) return { kind: 'removed', sign: '−', text: line.slice(1) };
  if (line.startsWith('@@')) return { kind: 'place', sign: '', text: line };
  return { kind: 'same', sign: ' ', text: line.slice(1) };
}

/** Takes a unified diff of one file apart. The heads `---` and `+++` are only looked for before the first hunk. */
export function diffLines(diff: string): Diff {
  const all = diff.replace(/\n$/, '').split('\n');
  const firstHunk = all.findIndex((line) => line.startsWith('@@'));
  const lines = firstHunk < 0 ? [] : all.slice(firstHunk).map(lineOf);
  const amount = (kind: DiffLine['kind']) => lines.filter((line) => line.kind === kind).length;
  return { lines, added: amount('added'), removed: amount('removed') };
}

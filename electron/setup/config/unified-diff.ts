import { linesOf } from './lines.ts';

type Mark = ' ' | '-' | '+';
interface Row {
  mark: Mark;
  line: string;
}

const contextLines = 3;

/** What a change of a text looks like, as `diff -u` prints it, with values of passwords blanked; empty if none. */
export function unifiedDiff(path: string, before: string, after: string): string {
  const rows = compare(withoutSecrets(before), withoutSecrets(after));
  if (rows.every(({ mark }) => mark === ' ')) return '';
  const hunks = hunksOf(rows).map(([from, to]) => formatHunk(rows, from, to));
  return [`--- ${path}`, `+++ ${path}`, ...hunks.flat()].map((line) => `${line}\n`).join('');
}

/** A diff is shown, piped and pasted: what is secret in the lines around a change stays out of it. */
function withoutSecrets(text: string): string[] {
  return linesOf(text)
    .filter(({ start, next }) => next > start)
    .map(({ line }) =>
      line.replace(
        /^(\s*[#;]?\s*[\w.-]*(?:password|passwd|passphrase|secret|credential|token|transport_url|connection)[\w.-]*\s*[=:]\s*)\S.*$/i,
        (whole, head: string) => (/_uuid\s*[=:]/i.test(head) ? whole : `${head}********`),
      ),
    );
}

/** Longest common subsequence between the common head and the common tail, which leave little to compare. */
function compare(before: readonly string[], after: readonly string[]): Row[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (
    tail < Math.min(before.length, after.length) - head &&
    before.at(-1 - tail) === after.at(-1 - tail)
  ) {
    tail += 1;
  }
  const same = (line: string): Row => ({ mark: ' ', line });
  return [
    ...before.slice(0, head).map(same),
    ...compareMiddle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ];
}

function compareMiddle(before: readonly string[], after: readonly string[]): Row[] {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  const length = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        before[i] === after[j] ? length(i + 1, j + 1) + 1 : Math.max(length(i + 1, j), length(i, j + 1));
    }
  }
  const rows: Row[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      rows.push({ mark: ' ', line: before[i] ?? '' });
      i += 1;
      j += 1;
    } else if (i < before.length && (j === after.length || length(i + 1, j) >= length(i, j + 1))) {
      rows.push({ mark: '-', line: before[i] ?? '' });
      i += 1;
    } else {
      rows.push({ mark: '+', line: after[j] ?? '' });
      j += 1;
    }
  }
  return rows;
}

/** Ranges of rows around the changes, those that touch joined. */
function hunksOf(rows: readonly Row[]): [number, number][] {
  const hunks: [number, number][] = [];
  for (const [index, { mark }] of rows.entries()) {
    if (mark === ' ') continue;
    const from = Math.max(0, index - contextLines);
    const to = Math.min(rows.length, index + contextLines + 1);
    const last = hunks.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = to;
    else hunks.push([from, to]);
  }
  return hunks;
}

function formatHunk(rows: readonly Row[], from: number, to: number): string[] {
  const count = (part: readonly Row[], without: Mark): number =>
    part.filter(({ mark }) => mark !== without).length;
  const [earlier, part] = [rows.slice(0, from), rows.slice(from, to)];
  const range = (without: Mark): string => {
    const lines = count(part, without);
    const start = count(earlier, without) + (lines === 0 ? 0 : 1);
    return lines === 1 ? String(start) : `${start},${lines}`;
  };
  return [`@@ -${range('+')} +${range('-')} @@`, ...part.map(({ mark, line }) => `${mark}${line}`)];
}

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { appendLines, parseJsonLine } from '../../../electron/common/append-lines.ts';
import { numberedLines, type NumberedLine } from '../../../electron/common/numbered-lines.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'viaduct-lines-'));
  path = join(folder, 'record.ndjson');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function read(maxLineBytes = 1000): Promise<NumberedLine[]> {
  const lines: NumberedLine[] = [];
  for await (const line of numberedLines(path, maxLineBytes)) lines.push(line);
  return lines;
}

it('makes a file only where it may, readable by its owner alone', async () => {
  await expect(appendLines(path, 'a\n')).rejects.toMatchObject({ code: 'ENOENT' });
  await appendLines(path, 'a\n', { create: true });
  await appendLines(path, 'b\n');
  expect(readFileSync(path, 'utf8')).toBe('a\nb\n');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('tells of an entry that did not fit on the disk', async () => {
  await expect(appendLines('/dev/full', 'a\n')).rejects.toMatchObject({ code: 'ENOSPC' });
});

it('reads lines with their numbers, and tells which is not whole', async () => {
  expect(await read()).toEqual([]);
  writeFileSync(path, 'one\n\nthree ü\nfo');
  expect(await read()).toEqual([
    { number: 1, text: 'one', isWhole: true },
    { number: 2, text: '', isWhole: true },
    { number: 3, text: 'three ü', isWhole: true },
    { number: 4, text: 'fo', isWhole: false },
  ]);
});

it('keeps lines together across the pieces in which a file is read, and none above the limit', async () => {
  const long = 'x'.repeat(200_000);
  writeFileSync(path, `${long}\nshort\n${long}y\n`);
  expect(await read(200_000)).toEqual([
    { number: 1, text: long, isWhole: true },
    { number: 2, text: 'short', isWhole: true },
    { number: 3, text: undefined, isWhole: true },
  ]);
});

it('takes a damaged line for no value at all', () => {
  expect([parseJsonLine('{"a":1}'), parseJsonLine('{"a":'), parseJsonLine('')]).toEqual([
    { a: 1 },
    undefined,
    undefined,
  ]);
});

import { execFile } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { History } from '../../../../electron/engine/history/history.ts';
import { keepReceipt } from '../../../../electron/engine/history/keep-receipt.ts';
import { receiptOf } from '../receipt/sample-receipt.ts';

let home: string;
let history: History;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'viaduct-history-'));
  history = new History(home);
});
afterEach(() => rmSync(home, { recursive: true }));

const receipt = (id: string, guest = 'web01') => receiptOf({ id, guest });
const ids = async (request = { limit: 500 }): Promise<string[]> =>
  (await history.read(request)).receipts.map(({ id }) => id);

async function fill(...names: string[]): Promise<void> {
  for (const name of names) await history.append(receipt(name));
}

describe('the history', () => {
  it('is empty where there is none yet', async () => {
    expect(await history.read({ limit: 5 })).toEqual({ receipts: [], older: undefined, problems: [] });
  });

  it('gives back what was appended, newest first, from a file that is its owner’s alone', async () => {
    await fill('a', 'b', 'c');
    expect((await history.read({ limit: 5 })).receipts).toEqual([receipt('c'), receipt('b'), receipt('a')]);
    expect(statSync(history.path).mode & 0o777).toBe(0o600);
    expect(readFileSync(history.path, 'utf8').split('\n').slice(0, -1)).toSatisfy((lines: string[]) =>
      lines.every((line) => (JSON.parse(line) as { version: number }).version === 1),
    );
  });

  it('is read in parts, each from where the one before ended', async () => {
    const names = Array.from({ length: 23 }, (_, index) => `r${index}`);
    await fill(...names);
    const seen: string[] = [];
    let before: number | undefined;
    let parts = 0;
    do {
      const page = await history.read({ limit: 5, before });
      seen.push(...page.receipts.map(({ id }) => id));
      before = page.older;
      parts += 1;
    } while (before !== undefined);
    expect(seen).toEqual(names.toReversed());
    expect(parts).toBe(5);
  });

  it('finds one by its id, and those of a guest', async () => {
    await fill('a', 'b');
    await history.append(receipt('c', 'db01'));
    appendFileSync(history.path, 'broken\n');
    expect(await history.find('b')).toEqual(receipt('b'));
    expect(await history.find('z')).toBeUndefined();
    const { receipts } = await history.read({ limit: 5, only: ({ guest }) => guest === 'db01' });
    expect(receipts.map(({ id }) => id)).toEqual(['c']);
  });

  it(
    'cut off at any byte loses no whole entry, tells of it, and takes the next',
    { timeout: 60_000 },
    async () => {
      await fill('a', 'b');
      const whole = readFileSync(history.path);
      const firstEnds = whole.indexOf('\n') + 1;
      for (let length = 0; length < whole.length; length += 1) {
        writeFileSync(history.path, whole.subarray(0, length));
        const isCut = length !== 0 && length !== firstEnds;
        const left = length >= firstEnds ? ['a'] : [];
        const page = await history.read({ limit: 5 });
        expect(page.receipts.map(({ id }) => id)).toEqual(left);
        expect(page.problems).toEqual(
          isCut ? ['The last line is cut off and left out: its writing was interrupted.'] : [],
        );
        if (length % 97 !== 0) continue;
        await history.append(receipt('c'));
        expect(await ids()).toEqual(['c', ...left]);
      }
    },
  );

  it('tells of damaged lines and of those of a newer version, and shows the rest', async () => {
    await fill('a');
    appendFileSync(history.path, '{"version":1,"receipt":{"id":"half"}}\n');
    appendFileSync(history.path, 'no JSON\n{"version":2,"receipt":{"whatever":true}}\n');
    appendFileSync(history.path, `${'x'.repeat(2 * 1024 * 1024)}\n`);
    await fill('b');
    const page = await history.read({ limit: 5 });
    expect(page.receipts.map(({ id }) => id)).toEqual(['b', 'a']);
    expect(page.problems).toEqual([
      'Lines 2, 3, 5 are damaged and left out.',
      'Line 4 is of a newer Viaduct and left out; that version shows it.',
    ]);
  });

  it('counts what it does not name of many damaged lines, and stays bounded', async () => {
    writeFileSync(history.path, 'no\n'.repeat(3000));
    await fill('a');
    const { receipts, problems } = await history.read({ limit: 5 });
    expect(receipts).toHaveLength(1);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^Lines (\d+, ){4}\d+ and \d+ more are damaged and left out\.$/);
  });

  it('does not repeat in a part what belongs to an older one', async () => {
    writeFileSync(history.path, 'no JSON\n');
    await fill('a', 'b', 'c');
    const newest = await history.read({ limit: 2 });
    expect(newest.problems).toEqual([]);
    expect((await history.read({ limit: 2, before: newest.older })).problems).toEqual([
      'Line 1 is damaged and left out.',
    ]);
  });

  it('keeps all that several writers of one process append at the same time', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `r${index}`);
    await Promise.all(names.map((name) => new History(home).append(receipt(name))));
    expect((await ids()).toSorted()).toEqual(names.toSorted());
  });

  it('keeps all that several processes append at the same time', { timeout: 60_000 }, async () => {
    const script = `
      import { History } from ${JSON.stringify(join(import.meta.dirname, '../../../../electron/engine/history/history.ts'))};
      const receipt = JSON.parse(process.argv[1]);
      for (let n = 0; n < 25; n += 1) await new History(process.argv[2]).append({ ...receipt, id: process.argv[3] + n });`;
    const run = promisify(execFile);
    await Promise.all(
      ['p', 'q', 'r'].map((name) =>
        run(process.execPath, [
          '--input-type=module-typescript',
          '-e',
          script,
          JSON.stringify(receipt('x')),
          home,
          name,
        ]),
      ),
    );
    const page = await history.read({ limit: 500 });
    expect(page.problems).toEqual([]);
    expect(new Set(page.receipts.map(({ id }) => id)).size).toBe(75);
  });

  it('that cannot be read or written says so, with its path', async () => {
    mkdirSync(history.path);
    await expect(history.read({ limit: 1 })).rejects.toMatchObject({ code: 'history-unreadable' });
    await expect(history.append(receipt('a'))).rejects.toMatchObject({ code: 'history-unwritable' });
  });
});

describe('keeping a receipt', () => {
  it('tells in a sentence why it could not be kept, and never fails', async () => {
    expect(await keepReceipt(history, receipt('a'))).toBeUndefined();
    const full = { append: () => Promise.reject(new Error('The disk is full.')) };
    expect(await keepReceipt(full, receipt('b'))).toBe(
      'This migration is not in the history. The disk is full.',
    );
    const hangs = { append: () => Promise.withResolvers<never>().promise };
    expect(await keepReceipt(hangs, receipt('c'), 10)).toContain('no answer from the disk');
  });
});

it('an older line stays as it is when a cut-off one follows it', async () => {
  await fill('a', 'b');
  truncateSync(history.path, statSync(history.path).size - 10);
  chmodSync(history.path, 0o600);
  await fill('c');
  const page = await history.read({ limit: 5 });
  expect(page.receipts.map(({ id }) => id)).toEqual(['c', 'a']);
  expect(page.problems).toEqual(['Line 2 is damaged and left out.']);
});

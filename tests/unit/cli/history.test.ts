import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runHistory } from '../../../electron/cli/commands/history.ts';
import { CliSession } from '../../../electron/cli/session.ts';
import { defaultPlanOptions } from '../../../electron/engine/plan.ts';
import { History } from '../../../electron/engine/history/history.ts';
import { receiptOf } from '../engine/receipt/sample-receipt.ts';

let home: string;
let out = '';
let err = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'viaduct-history-cli-'));
  [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

const all = { which: undefined, limit: 500, json: false };

async function fill(): Promise<void> {
  const history = new History(home);
  await history.append(receiptOf({ id: 'aaaa1111-1', guest: 'web01' }));
  await history.append(receiptOf({ id: 'bbbb2222-2', guest: 'db\u001b[2J01' }));
  await history.append(receiptOf({ id: 'cccc3333-3', guest: 'web01', outcome: 'refused', downtimeMs: null }));
}

const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

it('of a history without entries says so', async () => {
  expect(await runHistory(home, all)).toBe(0);
  expect(out).toBe('Nothing has been moved yet.\n');
});

it('is a table, newest first, that no name can break', async () => {
  await fill();
  expect(await runHistory(home, all)).toBe(0);
  const lines = out.trimEnd().split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^began +guest +source +destination +outcome +took +pause +receipt$/);
  expect(lines[1]).toMatch(/web01 +alpha\.lab +beta\.lab +Refused +20 s +- +cccc3333$/);
  expect(out).not.toContain('\u001b');
  const columns = lines.map((line) => line.search(/outcome|Refused|Moved/));
  expect(new Set(columns).size).toBe(1);
});

it('with --json is one migration a line, and a result at the end', async () => {
  await fill();
  writeFileSync(join(home, 'history.ndjson'), `${readFileSync(join(home, 'history.ndjson'), 'utf8')}{"half`);
  expect(await runHistory(home, { ...all, json: true, limit: 2 })).toBe(0);
  const lines = linesOf(out);
  expect(lines.map(({ type }) => type)).toEqual(['migration', 'migration', 'result']);
  expect(lines[0]).toMatchObject({
    id: 'cccc3333-3',
    outcome: 'refused',
    guest: 'web01',
    source: 'alpha.lab',
  });
  const problem = 'The last line is cut off and left out: its writing was interrupted.';
  expect(lines[2]).toEqual({
    type: 'result',
    outcome: 'done',
    shown: 2,
    hasOlder: true,
    problems: [problem],
  });
  expect(err).toContain(problem);
});

it.each([
  ['web01', 'cccc3333-3', 'Earlier'],
  ['aaaa', 'aaaa1111-1', undefined],
])('shows the newest receipt of %s in full', async (which, id, more) => {
  await fill();
  expect(await runHistory(home, { ...all, which })).toBe(0);
  expect(out).toMatch(new RegExp(`Receipt +${id}`));
  expect(out).toContain('qemu+ssh://root@alpha.lab/system');
  expect(out.includes('Earlier')).toBe(more !== undefined);
});

it('says of what it does not have that it has it not', async () => {
  await fill();
  await expect(runHistory(home, { ...all, which: 'aaa' })).rejects.toMatchObject({ code: 'receipt-unknown' });
  await expect(runHistory(home, { ...all, which: 'mail' })).rejects.toMatchObject({
    code: 'receipt-unknown',
  });
});

const nowhere = 'qemu+ssh://root:hunter22@alpha.lab/system';
const refused = {
  guest: 'web01',
  source: nowhere,
  destination: 'qemu+tls://beta.lab/system',
  options: defaultPlanOptions,
  json: true,
};

it('a run that was refused at once is kept as well, without its password', async () => {
  vi.stubEnv('VIADUCT_HOME', home);
  const session = new CliSession(new AbortController().signal, '1');
  await expect(session.migrate(refused)).rejects.toMatchObject({ code: 'bad-uri' });
  expect(linesOf(out)).toMatchObject([{ type: 'result', outcome: 'refused', error: { code: 'bad-uri' } }]);
  const text = readFileSync(join(home, 'history.ndjson'), 'utf8');
  expect(JSON.parse(text)).toMatchObject({
    receipt: { outcome: 'refused', guest: 'web01', runningOn: 'unknown' },
  });
  expect(text).not.toContain('hunter22');
});

it('a history that cannot be written changes nothing of the outcome, and is told of', async () => {
  vi.stubEnv('VIADUCT_HOME', home);
  rmSync(home, { recursive: true });
  writeFileSync(home, 'no folder');
  const session = new CliSession(new AbortController().signal, '1');
  await expect(session.migrate(refused)).rejects.toThrow();
  expect(linesOf(out)).toMatchObject([{ type: 'result', outcome: 'refused' }]);
  expect(err).toContain('This migration is not in the history.');
});

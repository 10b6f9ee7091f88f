import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SetupPlan } from '../../../../electron/setup/plan/setup-plan.ts';
import { Journal, journalFolder } from '../../../../electron/setup/transaction/journal.ts';
import { isUnfinished } from '../../../../electron/setup/transaction/transaction-state.ts';

const plan: SetupPlan = {
  host: 'alpha.lab',
  connectUri: 'qemu+ssh://root@alpha.lab/system',
  machineId: 'a'.repeat(32),
  changes: [
    {
      title: 'Restart',
      why: '',
      needs: '',
      diff: 'a diff that is not written down',
      commands: [],
      step: { kind: 'command', apply: [], revert: [], touches: [], revertLast: true },
    },
  ],
  obstacles: [],
  warnings: [],
  afterwards: [],
  selfTest: { listensOn: 16_514 },
};

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'viaduct-journal-'));
});
afterEach(() => rmSync(home, { recursive: true }));

describe('a journal', () => {
  it('reads back as what was written, for its owner alone', async () => {
    const journal = await Journal.create(home, plan);
    await journal.append({ type: 'begun', step: 0 });
    await journal.append({ type: 'kept', step: 0, files: { '/etc/x': 'absent' } });
    await journal.append({ type: 'done', step: 0, touched: {} });
    const [again] = await Journal.all(home, 'ALPHA.lab');
    expect(again?.header).toEqual(journal.header);
    expect(again?.state).toEqual(journal.state);
    expect(again && isUnfinished(again.state)).toBe(true);
    expect(statSync(journal.path).mode & 0o777).toBe(0o600);
    expect(readFileSync(journal.path, 'utf8')).not.toContain('a diff');
    await journal.append({ type: 'applied' });
    expect(isUnfinished(journal.state)).toBe(false);
  });

  it('drops a last line that was cut off, and goes on after it', async () => {
    const journal = await Journal.create(home, plan);
    await journal.append({ type: 'begun', step: 0 });
    const whole = readFileSync(journal.path, 'utf8');
    await journal.append({ type: 'done', step: 0, touched: {} });
    const all = readFileSync(journal.path, 'utf8');
    for (let cut = whole.length; cut < all.length; cut += 1) {
      writeFileSync(journal.path, all.slice(0, cut));
      const read = await Journal.read(journal.path);
      expect(read.state.done.size).toBe(0);
      await read.append({ type: 'reverting', why: 'asked' });
      expect((await Journal.read(journal.path)).state).toMatchObject({ phase: 'reverting', why: 'asked' });
    }
  });

  it.each<[string, (text: string) => string, string]>([
    ['nonsense within', (text) => `${text}nonsense\n`, 'setup-journal-damaged'],
    [
      'a step that there is not',
      (text) => `${text}{"type":"begun","at":"2026-01-01T00:00:00Z","step":7}\n`,
      'setup-journal-damaged',
    ],
    ['a missing header', () => '\n', 'setup-journal-damaged'],
    ['an empty file', () => '', 'setup-journal-damaged'],
    ['a newer version', (text) => text.replace('"version":1', '"version":2'), 'setup-journal-newer'],
    [
      'an operation that there is not',
      (text) => text.replace('"apply":[]', '"apply":[{"operation":"evil","args":[]}]'),
      'setup-journal-damaged',
    ],
  ])('is refused whole with %s', async (_, spoil, code) => {
    const { path } = await Journal.create(home, plan);
    writeFileSync(path, spoil(readFileSync(path, 'utf8')));
    await expect(Journal.all(home, plan.host)).rejects.toMatchObject({ code });
  });

  it('of an unknown host are none; other files beside are not read', async () => {
    expect(await Journal.all(home, 'beta.lab')).toEqual([]);
    const { path } = await Journal.create(home, plan);
    appendFileSync(`${path}.bak`, 'nonsense');
    expect(await Journal.all(home, plan.host)).toHaveLength(1);
  });

  it.each(['../../etc', '..', 'a/b', '.', 'fd76::1'])('of a host called %s stays in its folder', (host) => {
    const folder = journalFolder('/home/x', host);
    expect(folder.startsWith('/home/x/setup/')).toBe(true);
    expect(folder.split('/')).toHaveLength(5);
    expect(['.', '..']).not.toContain(folder.split('/')[4]);
  });
});

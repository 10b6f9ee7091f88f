import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runRecover } from '../../../electron/cli/commands/recover.ts';
import { BadInputError } from '../../../electron/common/errors.ts';
import { noSudoPrompts } from '../../../electron/common/host/sudo-prompts.ts';
import { Journals, type OwnedJournal } from '../../../electron/engine/journal/journals.ts';
import { planFor } from '../engine/migration-plan.ts';

let home: string;
let told: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'viaduct-recover-'));
  told = '';
  const note = (text: unknown): boolean => {
    told += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(note);
  vi.spyOn(process.stderr, 'write').mockImplementation(note);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(home, { recursive: true });
});

const begin = (uuid: string = randomUUID()): Promise<OwnedJournal> =>
  new Journals(home).create({
    ...{ id: randomUUID(), at: new Date(), findings: [], identities: [] },
    plan: planFor({}, { uuid }),
  });

/** Hosts are never got to here. */
const recover = (json: boolean) =>
  runRecover({
    ...{ home, json, prompts: noSudoPrompts, signal: new AbortController().signal },
    open: () => Promise.reject(new BadInputError('no-host', 'No such host.', { remedy: 'Name another.' })),
  });

const lines = (): Record<string, unknown>[] =>
  told
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('recover', () => {
  it('has nothing to do where nothing is unfinished', async () => {
    expect(await recover(true)).toBe(0);
    expect(lines()).toEqual([{ type: 'unfinished', found: 0 }]);
    expect(await recover(false)).toBe(0);
    expect(told).toContain('Nothing is unfinished.');
  });

  it('leaves a migration alone that belongs to a living process, and says to which', async () => {
    const { file, release } = await begin();
    expect(await recover(true)).toBe(6);
    expect(lines()).toMatchObject([
      { found: 1 },
      {
        type: 'unsettled',
        guest: 'web01',
        code: 'journal-owned',
        message: `The migration of web01 belongs to process ${process.pid}.`,
      },
    ]);
    await release();
    expect((await new Journals(home).unfinished()).migrations.map(({ id }) => id)).toEqual([file.header.id]);
  });

  it('tells of journals that it does not understand, and touches none', async () => {
    const [damaged, newer] = [await begin(), await begin()];
    for (const [{ file, release }, from, to] of [
      [damaged, 'web01', 'web02'],
      [newer, '"version":1', '"version":2'],
    ] as const) {
      await release();
      writeFileSync(file.path, readFileSync(file.path, 'utf8').replace(from, to));
    }
    const before = [damaged, newer].map(({ file }) => readFileSync(file.path, 'utf8'));
    expect(await recover(true)).toBe(6);
    const codes = lines().map(({ code }) => code);
    expect(codes.toSorted()).toEqual(['journal-damaged', 'journal-newer', undefined]);
    expect(lines().every(({ remedy, type }) => type === 'unfinished' || remedy !== '')).toBe(true);
    expect([damaged, newer].map(({ file }) => readFileSync(file.path, 'utf8'))).toEqual(before);
    expect(await recover(false)).toBe(6);
  });

  it('keeps one for the next time whose host cannot be used now', async () => {
    const { file, release } = await begin();
    await release();
    expect(await recover(false)).toBe(6);
    expect(told).toContain('No such host.\nName another.');
    const { migrations } = await new Journals(home).unfinished();
    expect(migrations).toMatchObject([{ id: file.header.id, owner: undefined }]);
  });
});

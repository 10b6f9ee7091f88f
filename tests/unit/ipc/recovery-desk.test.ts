import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noSudoPrompts } from '../../../electron/common/host/sudo-prompts.ts';
import { Journals, type OwnedJournal } from '../../../electron/engine/journal/journals.ts';
import { HostMonitor } from '../../../electron/hosts/host-monitor.ts';
import { ManagedHost } from '../../../electron/hosts/managed-host.ts';
import type { LeftMigration } from '../../../electron/ipc/migrations/migration-desk.ts';
import { RecoveryDesk } from '../../../electron/ipc/migrations/recovery-desk.ts';
import { noPrompts } from '../../../electron/ssh/prompts.ts';
import { planFor } from '../engine/migration-plan.ts';

let home: string;
let journals: Journals;
let told: string[];
let taken: LeftMigration[];
let again: LeftMigration[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'viaduct-recovery-'));
  journals = new Journals(home);
  told = [];
  taken = [];
  again = [];
});
afterEach(() => rmSync(home, { recursive: true }));

const begin = (): Promise<OwnedJournal> =>
  journals.create({
    ...{ id: randomUUID(), at: new Date(), findings: [], identities: [] },
    plan: planFor({}, { uuid: randomUUID() }),
  });
const open = (connectUri: string): ManagedHost => new ManagedHost(connectUri, { home, prompts: noPrompts });

function deskWith(board: HostMonitor[]): RecoveryDesk {
  return new RecoveryDesk({
    ...{ journals, open, prompts: noSudoPrompts },
    registry: { monitors: () => board },
    migrations: {
      takeUp: async (left) => {
        taken.push(left);
        await left.owned.end();
      },
      settleAgain: () => Promise.reject(new Error('There is nothing to ask again about.')),
    },
    tell: (sentence) => told.push(sentence),
  });
}

const onBoard = (id: string, host: string): HostMonitor => {
  const observer = { state: () => undefined, guests: () => undefined };
  return new HostMonitor(id, open(`qemu+ssh://root@${host}/system`), observer);
};

/** Needs a person at the start, and when it is asked about again, but for the last time. */
function stuckUntil(times: number, board: HostMonitor[]): { desk: RecoveryDesk; pauses: number[] } {
  const pauses: number[] = [];
  const desk = new RecoveryDesk({
    ...{ journals, open, prompts: noSudoPrompts },
    registry: { monitors: () => board },
    migrations: {
      takeUp: ({ owned }) => owned.release(),
      settleAgain: async (left) => {
        again.push(left);
        await (again.length === times ? left.owned.end() : left.owned.release());
      },
    },
    tell: (sentence) => told.push(sentence),
    clock: {
      nowMs: () => 0,
      sleep: async (ms, signal) => {
        pauses.push(ms);
        if (pauses.length === times + 3)
          await new Promise((resolve) => signal?.addEventListener('abort', resolve));
      },
    },
  });
  return { desk, pauses };
}

describe('at its start the app', () => {
  it('takes up what is unfinished, on the hosts of the board where they are there', async () => {
    await (await begin()).release();
    const alpha = onBoard('the-id', 'alpha.lab');
    await deskWith([alpha]).start();
    expect(told).toEqual([]);
    expect(taken).toHaveLength(1);
    const [left] = taken;
    expect(left?.source).toEqual({ hostId: 'the-id', host: alpha.host });
    expect(left?.destination).toMatchObject({ hostId: 'beta.lab' });
    expect((await journals.unfinished()).migrations).toEqual([]);
  });

  it('takes up nothing where all has ended', async () => {
    await (await begin()).end();
    await deskWith([]).start();
    expect([taken, told]).toEqual([[], []]);
  });

  it('tells what it cannot take up, and goes on with the rest', async () => {
    const mine = await begin();
    const damaged = await begin();
    await damaged.release();
    writeFileSync(damaged.file.path, readFileSync(damaged.file.path, 'utf8').replace('web01', 'web02'));
    await (await begin()).release();
    await deskWith([]).start();
    expect(taken).toHaveLength(1);
    expect(told.toSorted()).toEqual([
      expect.stringMatching(/^Line 1 of the journal .* is damaged\. Nothing was done with it\. /),
      expect.stringMatching(/^The migration of web01 belongs to process \d+\. Wait until/),
    ]);
    await mine.release();
  });

  it('is not kept from ending by what it takes up', async () => {
    await (await begin()).release();
    const desk = new RecoveryDesk({
      ...{ journals, open, prompts: noSudoPrompts, registry: { monitors: () => [] } },
      migrations: {
        takeUp: ({ signal, owned }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => void owned.release().then(resolve));
          }),
        settleAgain: () => Promise.resolve(),
      },
      tell: (sentence) => told.push(sentence),
    });
    void desk.start();
    await expect.poll(async () => (await journals.unfinished()).migrations[0]?.owner?.pid).toBe(process.pid);
    await desk.close();
    expect((await journals.unfinished()).migrations).toMatchObject([{ owner: undefined }]);
  });
});

describe('while it runs the app', () => {
  it('asks again about what could not be settled, ever later, until it can be', async () => {
    await (await begin()).release();
    const { desk, pauses } = stuckUntil(3, [onBoard('a', 'alpha.lab'), onBoard('b', 'beta.lab')]);
    await desk.start();
    await expect.poll(() => pauses.length, { timeout: 20_000 }).toBe(6);
    await desk.close();
    expect(again.map(({ source, destination }) => [source.hostId, destination.hostId])).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(pauses.slice(0, 3)).toEqual([30_000, 60_000, 120_000]);
    expect(pauses.slice(-2), 'and soon again where there is something new').toEqual([30_000, 30_000]);
    expect(told).toEqual([]);
  });

  it('does not log in again and again where a host is not on the board', async () => {
    await (await begin()).release();
    const { desk, pauses } = stuckUntil(1, [onBoard('a', 'alpha.lab')]);
    await desk.start();
    await expect.poll(() => pauses.length, { timeout: 20_000 }).toBe(4);
    await desk.close();
    expect(again).toEqual([]);
  });
});

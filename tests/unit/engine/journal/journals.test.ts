import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { JournalFile } from '../../../../electron/engine/journal/journal-file.ts';
import { Journals } from '../../../../electron/engine/journal/journals.ts';
import { noDigest } from '../../../../electron/engine/journal/journal-lines.ts';
import { replayStart } from '../../../../electron/engine/journal/replay.ts';
import { planFor } from '../migration-plan.ts';
import { fault } from '../state-events.ts';
import { headerFor } from './any-journal.ts';

let home: string;
let journals: Journals;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'viaduct-journals-'));
  journals = new Journals(home);
});
afterEach(() => rmSync(home, { recursive: true }));

const request = (uuid: string = randomUUID(), id: string = randomUUID()) => ({
  ...{ id, at: new Date(), findings: [], identities: [] },
  plan: planFor({}, { uuid }),
});

/** What a process leaves that was killed: the journal, and a claim of somebody who is gone. */
async function killed(uuid?: string): Promise<string> {
  const asked = request(uuid);
  const { file, release } = await journals.create(asked);
  await file.record({ type: 'event', event: { type: 'calling', call: 'begin' } });
  await release();
  const mark = {
    pid: 2,
    machine: readFileSync('/etc/machine-id', 'utf8').trim(),
    boot: 'an earlier one',
    namespace: '',
    startedAt: '1',
  };
  writeFileSync(join(journals.folder, `${asked.id}.owner.1`), JSON.stringify(mark));
  return asked.id;
}

describe('the journals', () => {
  test('are for their owner alone', async () => {
    const { file } = await journals.create(request());
    expect(statSync(journals.folder).mode & 0o777).toBe(0o700);
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    await file.close();
  });

  test('list what has no end, with who is at it', async () => {
    const mine = await journals.create(request());
    const left = await killed();
    const { migrations, troubles } = await journals.unfinished();
    expect(troubles).toEqual([]);
    expect(migrations.map(({ id, owner }) => [id, owner?.pid])).toEqual([
      [mine.file.header.id, process.pid],
      [left, undefined],
    ]);
    await mine.release();
  });

  test('give one of them to one process, with all that was written', async () => {
    const id = await killed();
    const [sight] = (await journals.unfinished()).migrations;
    if (sight === undefined) return expect.unreachable();
    const taken = await journals.take(sight);
    expect(taken?.file.replayed.state.kind).toBe('beginning');
    await expect(journals.take(sight)).rejects.toMatchObject({
      code: 'journal-owned',
      message: `The migration of web01 belongs to process ${process.pid}.`,
    });
    await taken?.file.record({ type: 'taken-up', fault });
    await taken?.release();
    const again = await journals.take(sight);
    expect(again?.file.replayed.state.kind).toBe('looking');
    await again?.end();
    expect(await journals.unfinished()).toEqual({ migrations: [], troubles: [] });
    expect(await journals.take(sight)).toBeUndefined();
    expect(readdirSync(journals.folder)).toEqual(['ended']);
    expect(readdirSync(join(journals.folder, 'ended'))).toEqual([`${id}.journal`]);
  });

  test('take a torn last line off, and go on behind what is whole', async () => {
    const id = await killed();
    const path = join(journals.folder, `${id}.journal`);
    appendFileSync(path, '0123456789abcdef {"n":2,"at');
    const [sight] = (await journals.unfinished()).migrations;
    const taken = sight && (await journals.take(sight));
    await taken?.file.record({ type: 'taken-up', fault });
    await taken?.release();
    expect((await JournalFile.read(path)).replayed.state.kind).toBe('looking');
  });

  test('let no second migration of a guest begin before the first is settled', async () => {
    const uuid = randomUUID();
    const first = await journals.create(request(uuid));
    await expect(journals.create(request(uuid))).rejects.toMatchObject({ code: 'journal-owned' });
    await first.release();
    await expect(journals.create(request(uuid))).rejects.toMatchObject({
      code: 'journal-unfinished',
      remedy: 'Run "viaduct recover" first.',
    });
    await (await journals.create(request())).end();
  });

  test('keep the newest hundred of those that have ended', async () => {
    await (await journals.create(request())).end();
    const ended = join(journals.folder, 'ended');
    for (let count = 0; count < 105; count += 1) writeFileSync(join(ended, `old-${count}.journal`), '');
    const last = await journals.create(request());
    await last.end();
    expect(readdirSync(ended)).toHaveLength(100);
    expect(existsSync(join(ended, `${last.file.header.id}.journal`))).toBe(true);
  });

  test('tell of what cannot be read, beside what can', async () => {
    const good = await killed();
    const [bad, newer, folder] = [await killed(), await killed(), randomUUID()];
    const path = (id: string) => join(journals.folder, `${id}.journal`);
    writeFileSync(path(bad), readFileSync(path(bad), 'utf8').replace('calling', 'replied'));
    writeFileSync(path(newer), readFileSync(path(newer), 'utf8').replace('"version":1', '"version":2'));
    mkdirSync(path(folder));
    const { migrations, troubles } = await journals.unfinished();
    expect(migrations.map(({ id }) => id)).toEqual([good]);
    const told = new Map(troubles.map((trouble) => [trouble.path, trouble.error.code]));
    expect(told).toEqual(
      new Map([
        [path(bad), 'journal-damaged'],
        [path(newer), 'journal-newer'],
        [path(folder), 'journal-unreadable'],
      ]),
    );
  });

  test('that cannot be written are told, and nothing is begun', async () => {
    writeFileSync(join(home, 'journal'), 'a file in the place of the folder');
    await expect(journals.create(request())).rejects.toMatchObject({
      code: 'journal-unwritable',
      side: 'client',
      remedy: 'Look at the mode of that folder and at the room on its disk.',
    });
  });
});

/** Root may write everywhere, so somebody else tries. */
describe.runIf(process.getuid?.() === 0)('a folder that may not be written', () => {
  test('is told, and so is one that may not be read', async () => {
    await (await journals.create(request())).release();
    chmodSync(home, 0o755);
    const source = new URL('../../../../electron/engine/journal/journals.ts', import.meta.url).pathname;
    const attempt = (call: string) =>
      spawnSync(
        process.execPath,
        [
          ...['--no-warnings', '--input-type=module', '-e'],
          `const { Journals } = await import(${JSON.stringify(source)});
           process.setgid(65534); process.setuid(65534);
           const journals = new Journals(${JSON.stringify(home)});
           await ${call}.catch(({ code }) => process.stdout.write(code));`,
        ],
        { encoding: 'utf8' },
      ).stdout;
    chmodSync(journals.folder, 0o755);
    const asked = JSON.stringify(request());
    expect(attempt(`journals.create({ ...${asked}, at: new Date() })`)).toBe('journal-unwritable');
    chmodSync(journals.folder, 0o700);
    expect(attempt('journals.unfinished()')).toBe('journal-unreadable');
  }, 30_000);
});

describe('a journal that is written', () => {
  /** A disk that takes so many writes, or so many bytes of one. */
  const sink = (writes: number, rest = Infinity) => {
    const log: string[] = [];
    return {
      log,
      write: ((line: Buffer) => {
        if (writes <= 0) {
          log.push('refused');
          if (rest < Infinity) return Promise.resolve({ bytesWritten: rest, buffer: line });
          return Promise.reject(new Error('no space left on device'));
        }
        writes -= 1;
        log.push(/"type":"([a-z-]+)"/.exec(line.toString())?.[1] ?? '');
        return Promise.resolve({ bytesWritten: line.length, buffer: line });
      }) as JournalFileSink['write'],
      sync: () => {
        log.push('sync');
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    };
  };
  type JournalFileSink = ConstructorParameters<typeof JournalFile>[2];
  const over = (to: JournalFileSink, limitMs?: number) => {
    const header = headerFor();
    const read = { header, replayed: replayStart(header), digest: noDigest, entries: 0, wholeBytes: 0 };
    return new JournalFile('/j', read, to, limitMs);
  };

  test('is on the disk once it says so, with all that came before', async () => {
    const disk = sink(10);
    const file = over(disk);
    file.note({ type: 'ran' });
    const recorded = file.record({ type: 'identity-gone' });
    file.note({ type: 'ended' });
    await recorded;
    await file.close();
    expect(disk.log).toEqual(['ran', 'identity-gone', 'sync', 'ended']);
  });

  test('does not wait for ever for a disk that does not answer', async () => {
    const disk = { ...sink(10), sync: () => new Promise<never>(() => undefined) };
    const file = over(disk, 20);
    await expect(file.record({ type: 'ran' })).rejects.toThrow(/no answer from the disk within 20 ms/);
    await file.close();
  });

  test.each([Infinity, 7])(
    'ends where an entry could not be written: nothing comes behind the gap',
    async (rest) => {
      const disk = sink(1, rest);
      const file = over(disk);
      await file.record({ type: 'ran' });
      file.note({ type: 'ran' });
      await expect(file.record({ type: 'ended' })).rejects.toMatchObject({ code: 'journal-unwritable' });
      expect(file.broken?.code).toBe('journal-unwritable');
      expect(disk.log).toEqual(['ran', 'sync', 'refused']);
    },
  );
});

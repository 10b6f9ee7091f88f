import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Lab, waitFor, type HostName } from './lab.ts';
import { expectRunsOn, guestLine, otherHost } from './support/guest-proof.ts';
import { viaduct, type JsonLine, type ViaductOptions, type ViaductRun } from './support/viaduct.ts';

let lab: Lab;
let home: string;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  home = await mkdtemp(join(tmpdir(), 'viaduct-recover-'));
});
afterAll(async () => {
  await rm(home, { recursive: true, force: true });
  await lab.reset();
});

/** Where the guest runs; one case begins where the last has left it. */
let from: HostName;
beforeEach(async () => {
  from = (await lab.whereRuns('web01')).alpha === 'running' ? 'alpha' : 'beta';
});

const inHome = (args: readonly string[], options: ViaductOptions = {}): Promise<ViaductRun> =>
  viaduct(args, { ...options, environment: { VIADUCT_HOME: home } });

function move(args: readonly string[], options: ViaductOptions = {}): Promise<ViaductRun> {
  const ends = ['--source', lab.sshUri(from), '--destination', lab.sshUri(otherHost(from))];
  return inHome(['migrate', 'web01', '--json', ...ends, ...args], options);
}

const recover = (options?: ViaductOptions): Promise<ViaductRun> => inHome(['recover', '--json'], options);

/**
 * Kills it at the first line that fits; nothing of that process goes on.
 *
 * @param ready waited for between that line and the kill
 */
async function moveAndStrike(
  fits: (line: JsonLine) => boolean,
  args: readonly string[] = [],
  ready: () => Promise<void> = () => Promise.resolve(),
): Promise<ViaductRun> {
  let struck: Promise<void> | undefined;
  const run = await move(['--bandwidth', '120', ...args], {
    onLine: (line, interrupt) => {
      if (fits(line)) struck ??= ready().finally(() => interrupt('SIGKILL'));
    },
  });
  expect(struck, `${run.stdout}${run.stderr}`).toBeDefined();
  await struck;
  expect(run.result, 'it was killed before its end').toBeUndefined();
  return run;
}

/** The verdict is what virsh shows on both hosts: one runs the guest, and it is the same one as before. */
async function expectTrueVerdict(
  run: ViaductRun,
  before: Awaited<ReturnType<typeof guestLine>>,
): Promise<void> {
  expect(run.code, `${run.stdout}${run.stderr}`).toBe(0);
  const results = run.lines.filter(({ type }) => type === 'result');
  expect(results).toHaveLength(1);
  const [result] = results;
  expect(['migrated', 'failed']).toContain(result?.['outcome']);
  const on = result?.['outcome'] === 'migrated' ? otherHost(from) : from;
  expect(result?.['runningOn']).toBe(on === from ? 'source' : 'destination');
  await expectRunsOn(lab, on, 'web01', before);
}

const at =
  (phase: string, state: string) =>
  (line: JsonLine): boolean =>
    line.type === 'phase' && line['phase'] === phase && line['state'] === state;
const copied =
  (percent: number) =>
  (line: JsonLine): boolean =>
    line.type === 'progress' && Number(line['percent']) >= percent;

/* Every point at which it can be killed is in tests/lab/faults. */
describe('a managed run that is killed', () => {
  it.each<[string, (line: JsonLine) => boolean]>([
    ['before prepare', at('prepare', 'begin')],
    ['while memory is copied', copied(20)],
    ['after perform', at('perform', 'end')],
    ['after finish', at('finish', 'end')],
  ])('%s is settled by the next', async (_when, fits) => {
    const before = await guestLine(lab, 'web01', from);
    await moveAndStrike(fits);
    await expectTrueVerdict(await recover(), before);
    const again = await recover();
    expect(again.lines, 'it is settled once').toEqual([{ type: 'unfinished', found: 0 }]);
  });

  it('has a line in the history each, and its journal is put away', async () => {
    const history = await inHome(['history', '--json']);
    const runs = history.lines.filter(({ type }) => type === 'migration');
    const ids = runs.map(({ id }) => `${String(id)}.journal`);
    expect(new Set(ids).size).toBe(4);
    expect((await readdir(join(home, 'journal', 'ended'))).toSorted()).toEqual(ids.toSorted());
    expect(await readdir(join(home, 'journal'))).toEqual(['ended']);
  });
});

describe('a run that is killed as it switches to post-copy', () => {
  const switching = ['--post-copy', '--timeout', '2', '--on-timeout', 'post-copy', '--bandwidth', '20'];
  const switched = ({ type, action }: JsonLine): boolean => type === 'action' && action === 'post-copy';

  it('is brought to its end by the daemons, and told by the next', async () => {
    const before = await guestLine(lab, 'web01', from);
    await moveAndStrike(switched, switching);
    await expectTrueVerdict(await recover(), before);
    expect(await lab.whereRuns('web01')).toEqual({ [from]: 'absent', [otherHost(from)]: 'running' });
  });
});

describe('a run whose journal cannot be used', () => {
  it('is told, and touched once the journal is mended; then the same move succeeds', async () => {
    const before = await guestLine(lab, 'web01', from);
    await moveAndStrike(at('perform', 'end'));
    const [name = ''] = (await readdir(join(home, 'journal'))).filter((file) => file.endsWith('.journal'));
    const path = join(home, 'journal', name);
    const good = await readFile(path, 'utf8');
    for (const [change, code] of [
      [good.replace('"perform"', '"prepare"'), 'journal-damaged'],
      [good.replace('"version":1', '"version":7'), 'journal-newer'],
    ] as const) {
      await writeFile(path, change);
      const told = await recover();
      expect(told.code).toBe(6);
      expect(told.lines).toMatchObject([{ type: 'unfinished' }, { type: 'unsettled', code, path }]);
      expect(await lab.whereRuns('web01')).toMatchObject({ [from]: 'paused' });
    }
    await writeFile(path, good);
    const refused = await move([]);
    expect(refused.result).toMatchObject({ outcome: 'refused', error: { code: 'guest.state' } });
    await expectTrueVerdict(await recover(), before);
    const again = await move([]);
    expect(again.result, again.stderr).toMatchObject({ outcome: 'migrated' });
    await expectRunsOn(lab, otherHost(from), 'web01', before);
  });
});

describe('two at once', () => {
  it('one that is frozen keeps its migration, and ends it when it goes on', async () => {
    const before = await guestLine(lab, 'web01', from);
    let others: Promise<ViaductRun> | undefined;
    const run = await move(['--bandwidth', '120'], {
      onLine: (line, interrupt) => {
        if (others !== undefined || !copied(20)(line)) return;
        interrupt('SIGSTOP');
        others = recover().finally(() => interrupt('SIGCONT'));
      },
    });
    const other = await others;
    expect(other?.code).toBe(6);
    expect(other?.lines).toMatchObject([
      { type: 'unfinished', found: 1 },
      { type: 'unsettled', guest: 'web01', code: 'journal-owned' },
    ]);
    expect(run.result, run.stderr).toMatchObject({ outcome: 'migrated' });
    await expectRunsOn(lab, otherHost(from), 'web01', before);
  });
});

describe('a peer-to-peer run that is killed', () => {
  // What is said of a step is said before the call is made, and a process killed between the two has begun nothing.
  const daemonsCopy = async () => {
    await waitFor(
      `the daemon of ${from} copies web01`,
      async () => {
        const job = await lab.virsh(from, ['domjobinfo', 'web01']);
        return /^Operation:\s+Outgoing migration$/m.test(job) || undefined;
      },
      { timeoutMs: 60_000 },
    );
  };

  it.each<[string, (line: JsonLine) => boolean]>([
    ['at its begin', at('perform', 'begin')],
    ['while memory is copied', copied(2)],
  ])('%s is picked up live and followed to its end, by one alone', async (_when, fits) => {
    const before = await guestLine(lab, 'web01', from);
    // So slow that the daemons are not done before two more processes are up, however busy the machine.
    await moveAndStrike(fits, ['--control', 'p2p', '--bandwidth', '1'], daemonsCopy);
    let others: Promise<ViaductRun> | undefined;
    const hurry = () => lab.virsh(from, ['migrate-setspeed', 'web01', '500']);
    const run = await recover({
      onLine: ({ type }) => {
        if (type === 'progress') others ??= recover().finally(hurry);
      },
    });
    expect((await others)?.lines.at(-1)).toMatchObject({ type: 'unsettled', code: 'journal-owned' });
    expect(run.lines.filter(({ type }) => type === 'progress').length).toBeGreaterThan(1);
    expect(run.result).toMatchObject({ outcome: 'migrated', control: 'p2p' });
    await expectTrueVerdict(run, before);
  });
});

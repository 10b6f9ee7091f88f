import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../../electron/engine/clock.ts';
import { diagnose } from '../../../../electron/engine/doctor/diagnose.ts';
import type { ActionKind, End } from '../../../../electron/engine/doctor/diagnosis.ts';
import { examine } from '../../../../electron/engine/doctor/examine.ts';
import {
  RecoveryUnansweredError,
  StillEndingError,
} from '../../../../electron/engine/doctor/recover-post-copy.ts';
import { NotOfferedError, treat } from '../../../../electron/engine/doctor/treat.ts';
import { defaultLimits, type MigrationLimits } from '../../../../electron/engine/run/limits.ts';
import { DaemonError } from '../../../../electron/engine/run/migration-link.ts';
import { MigrateUriError } from '../../../../electron/engine/run/migrate-uri.ts';
import { ChangedMeanwhileError } from '../../../../electron/engine/run/recovery-actions.ts';
import { present } from './any-case.ts';
import { failedPostCopy, PairOfHosts, uuid } from './pair-of-hosts.ts';

const running = present(1, 1);
const held = present(3, 2);

const surroundings = ({ hosts }: PairOfHosts) => ({ hosts, clock: systemClock, limits: defaultLimits });

const take = (
  pair: PairOfHosts,
  action: ActionKind,
  host: End,
  limits: MigrationLimits = defaultLimits,
): Promise<void> =>
  treat({
    ...surroundings(pair),
    limits,
    ...{ uuid, action, host, guest: 'web01' },
    signal: new AbortController().signal,
    migrateUri: { source: 'tcp://alpha.lab', destination: 'tcp://beta.lab' },
  });

async function situation(pair: PairOfHosts): Promise<string> {
  const seen = await examine(surroundings(pair), uuid);
  return diagnose({ guest: 'web01', names: { source: 'a', destination: 'b' }, seen }).situation;
}

describe('a look at both hosts', () => {
  it('tells what each is at, and that one cannot be asked', async () => {
    const pair = new PairOfHosts(held, { kind: 'unreachable', message: 'No route.' });
    for (const job of ['none', 'active', 'incoming', 'unknown'] as const) {
      pair.jobs.source = job;
      expect(await examine(surroundings(pair), uuid)).toEqual({
        source: { truth: held, job },
        destination: { truth: { kind: 'unreachable', message: 'No route.' }, job: 'unknown' },
      });
    }
    expect(pair.orders).toEqual([]);
  });
});

describe('a safe action', () => {
  it.each<[ActionKind, End, PairOfHosts, string]>([
    ['resume', 'source', new PairOfHosts(held, { kind: 'absent' }), 'runs on one host'],
    ['resume', 'destination', new PairOfHosts({ kind: 'absent' }, held), 'runs on one host'],
    ['destroy', 'source', new PairOfHosts(held, running), 'runs, definition left'],
    ['destroy', 'destination', new PairOfHosts(running, present(3, 2, false)), 'runs on one host'],
    ['undefine', 'source', new PairOfHosts(present(5, 4), running), 'runs on one host'],
  ])('%s on the %s is done there, once', async (action, host, pair, then) => {
    await take(pair, action, host);
    expect(pair.orders).toEqual([`${action} ${host}`]);
    expect(await situation(pair)).toBe(then);
  });

  it('is refused where it is offered no longer, or on the other host', async () => {
    for (const pair of [
      new PairOfHosts(held, running),
      new PairOfHosts(held, held),
      new PairOfHosts(held, { kind: 'unreachable', message: 'No route.' }),
      new PairOfHosts({ kind: 'absent' }, held),
    ]) {
      await expect(take(pair, 'resume', 'source')).rejects.toThrow(NotOfferedError);
      expect(pair.orders).toEqual([]);
    }
  });

  it('is not done to a copy that changed between the look and the order', async () => {
    const pair = new PairOfHosts(held, { kind: 'absent' });
    let asked = 0;
    pair.onFind = () => {
      asked += 1;
      // Each host is asked twice in a look.
      if (asked === 5) pair.truths.source = present(3, 1);
    };
    await expect(take(pair, 'resume', 'source')).rejects.toThrow(ChangedMeanwhileError);
    expect(pair.orders).toEqual([]);
  });
});

const phases = [
  'begin on source',
  'prepare on destination',
  'perform on source',
  'to tcp://beta.lab:49152',
  'finish on destination',
  'confirm on source',
];

describe('a post-copy that failed', () => {
  it('goes on with all phases once more, and ends with the guest whole on the destination', async () => {
    const pair = failedPostCopy();
    await take(pair, 'recover-post-copy', 'source');
    expect(pair.orders).toEqual(phases);
    expect(await situation(pair)).toBe('runs, definition left');
    expect(pair.open).toBe(0);
  });

  it.each(['begin', 'prepare', 'perform', 'finish'] as const)(
    'is as before where %s is refused, so that it can be tried again',
    async (phase) => {
      const pair = failedPostCopy();
      pair.refused = phase;
      for (let attempt = 0; attempt < 2; attempt += 1) {
        await expect(take(pair, 'recover-post-copy', 'source')).rejects.toThrow(DaemonError);
        expect(await situation(pair)).toBe('post-copy failed');
        expect(pair.open).toBe(0);
      }
      pair.refused = undefined;
      await take(pair, 'recover-post-copy', 'source');
      expect(pair.orders.slice(-phases.length)).toEqual(phases);
    },
  );

  it.each([
    'migration of domain web01 is being actively monitored by another thread',
    'Requested operation is not valid: QEMU reports migration is still running',
  ])('says when the source is still at the attempt before, and touches nothing: %s', async (refusal) => {
    const pair = failedPostCopy();
    pair.refused = 'begin';
    pair.refusal = refusal;
    await expect(take(pair, 'recover-post-copy', 'source')).rejects.toThrow(StillEndingError);
    expect(pair.orders).toEqual(['begin on source']);
    expect(pair.open).toBe(0);
  });

  it('says what it may be when the destination takes no command, and lets go of both hosts', async () => {
    const pair = failedPostCopy();
    pair.silent = true;
    const limits = { ...defaultLimits, prepareMs: 20 };
    await expect(take(pair, 'recover-post-copy', 'source', limits)).rejects.toThrow(RecoveryUnansweredError);
    expect(pair.orders.slice(1)).toEqual([
      'finish on destination, cancelled',
      'confirm on source, cancelled',
    ]);
    expect(pair.open).toBe(0);
  });

  it('lets go of both hosts where the destination wants its memory elsewhere', async () => {
    const pair = failedPostCopy();
    pair.uriOut = 'tcp:mallory.lab:49152';
    await expect(take(pair, 'recover-post-copy', 'source')).rejects.toThrow(MigrateUriError);
    expect(pair.orders.slice(2)).toEqual([
      'finish on destination, cancelled',
      'confirm on source, cancelled',
    ]);
  });

  it('leaves the guest that has arrived alone where only the last call is refused', async () => {
    const pair = failedPostCopy();
    pair.refused = 'confirm';
    await expect(take(pair, 'recover-post-copy', 'source')).rejects.toThrow(DaemonError);
    expect(pair.orders).toEqual(phases);
    expect(pair.truths.destination).toEqual(present(1, 2));
  });
});

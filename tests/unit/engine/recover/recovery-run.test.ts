import { describe, expect, test } from 'vitest';
import type { MigrationResult } from '../../../../electron/engine/outcome.ts';
import { LeftOffError } from '../../../../electron/engine/recover/recovery-run.ts';
import type { TwoHosts } from '../../../fakes/two-hosts.ts';
import { peerFaultKinds, peerPoints } from '../../../fakes/simulated-fault.ts';
import { planFor } from '../migration-plan.ts';
import { kill, type Killing } from './killed-run.ts';

const peerPlan = (persistent = true) => planFor({ control: 'p2p' }, { persistent });
/** Longer than a managed run takes that goes well, and a peer-to-peer one. */
const wholeMs = 16_000;
const moments = Array.from({ length: wholeMs / 100 }, (_, index) => index * 100 + 50);

/** What must hold once it is settled. */
function expectTruth(result: MigrationResult, hosts: TwoHosts, what: string, paused = false): void {
  const { source, destination } = hosts.copies;
  expect(hosts.violations, what).toEqual([]);
  const here = source !== undefined && source.state !== 5;
  const there = destination !== undefined && destination.state !== 5;
  expect([here, there], `${what}: ${JSON.stringify(result)}`).toEqual(
    result.outcome === 'migrated' ? [false, true] : [true, false],
  );
  expect(result.runningOn, what).toBe(there ? 'destination' : 'source');
  if (!paused) expect(hosts.runningOn, what).toHaveLength(1);
}

async function settles(killing: Killing): Promise<MigrationResult> {
  const what = JSON.stringify(killing);
  const killed = await kill(killing);
  const { result, tookMs } = await killed.recover();
  expectTruth(result, killed.hosts, what, killing.paused);
  expect(tookMs, what).toBeLessThanOrEqual(60_000);
  expect(killed.replayed().state.kind, what).toBe(result.outcome);
  return result;
}

describe('a managed run that was killed at any time is settled', () => {
  test.each([0, 3_600_000])('after %i ms, and the guest runs once', async (pauseMs) => {
    const outcomes = new Set<string>();
    for (const killAtMs of moments) outcomes.add((await settles({ killAtMs, pauseMs })).outcome);
    expect([...outcomes].sort()).toEqual(['failed', 'migrated']);
  });

  test('a guest that was paused stays paused', async () => {
    for (const killAtMs of moments.filter((_, index) => index % 5 === 0))
      await settles({ killAtMs, paused: true });
  });

  test('one that was being cancelled as well', async () => {
    for (const killAtMs of [400, 1_000, 2_000, 5_000, 11_900, 12_500])
      await settles({ killAtMs, cancelAtMs: killAtMs - 300 });
  });

  test('one without a definition, but for the time in which nothing shows whether it has run', async () => {
    for (const killAtMs of moments.filter((_, index) => index % 5 === 0)) {
      const killed = await kill({ killAtMs, persistent: false });
      const { result } = await killed.recover();
      if (result.outcome !== 'stuck') expectTruth(result, killed.hosts, String(killAtMs));
      else expect(killed.replayed().open).toMatchObject({ calls: { finish: 'unknown' } });
    }
  });

  test('also when the next start is killed in its turn', async () => {
    for (const killAtMs of [5_000, 11_800, 13_900]) {
      const killed = await kill({ killAtMs, meanwhile: (hosts) => hosts.darken('destination', 20_000) });
      killed.entries.push({
        type: 'taken-up',
        fault: { code: 'x', side: 'client', phase: 'begin', message: 'It was killed.', remedy: '' },
      });
      const { result } = await killed.recover();
      expectTruth(result, killed.hosts, String(killAtMs));
    }
  });
});

describe('a peer-to-peer run that was killed', () => {
  test('is followed until its daemon has moved the guest, with progress', async () => {
    for (const killAtMs of [700, 3_000, 8_000, 12_000]) {
      const killed = await kill({ killAtMs, plan: peerPlan() });
      const { result, progress } = await killed.recover();
      expect(result.outcome, String(killAtMs)).toBe('migrated');
      // Nobody saw how long it waited to be set going.
      expect(result.downtimeMs).toBeNull();
      expectTruth(result, killed.hosts, String(killAtMs));
      if (killAtMs < 10_000) expect(progress.length).toBeGreaterThan(0);
    }
  });

  test('is settled after its end, long ago', async () => {
    const killed = await kill({ killAtMs: 3_000, plan: peerPlan(), pauseMs: 3_600_000 });
    const { result, tookMs } = await killed.recover();
    expectTruth(result, killed.hosts, 'later');
    expect(result.outcome).toBe('migrated');
    expect(tookMs).toBeLessThan(10_000);
  });

  test('can be cancelled by the next', async () => {
    const killed = await kill({
      killAtMs: 2_000,
      plan: peerPlan(),
      onProgress: (_progress, run) => {
        if (run.cancellation().possible) expect(run.cancel().accepted).toBe(true);
      },
    });
    const { result } = await killed.recover();
    expect(result.outcome).toBe('cancelled');
    expectTruth(result, killed.hosts, 'cancelled');
  });

  test.each(peerFaultKinds)('is told truly where %s', async (kind) => {
    for (const at of peerPoints) {
      const killed = await kill({ killAtMs: 300, plan: peerPlan(), peerFault: { at, kind } });
      const { result } = await killed.recover();
      const what = `${at} ${kind}: ${JSON.stringify(result)}`;
      const resumedTwice = [
        'the source was resumed after the guest had run on the destination',
        'the guest ran on both hosts',
      ];
      // libvirt itself resumes the source when the last reply is lost.
      for (const violation of killed.hosts.violations) expect(resumedTwice, what).toContain(violation);
      const on = killed.hosts.runningOn;
      if (result.outcome === 'migrated') expect(on, what).toEqual(['destination']);
      else if (result.outcome === 'failed') expect(on, what).toEqual(['source']);
      else expect(result.outcome, what).toBe('stuck');
      if (on.length > 1) expect(result.outcome, what).toBe('stuck');
    }
  });
});

describe('while it cannot be known', () => {
  test('whether the destination dropped its copy, it is said, and a later look clears up', async () => {
    const killed = await kill({
      killAtMs: 5_000,
      meanwhile: (hosts) => hosts.darken('destination', 90_000),
    });
    const first = await killed.recover();
    expect(first.result).toMatchObject({ outcome: 'failed', runningOn: 'source', leftover: true });
    await killed.clock.until(killed.clock.sleep(60_000));
    const { result } = await killed.recover();
    expect(result).toMatchObject({ outcome: 'failed', runningOn: 'source' });
    expect(result).not.toHaveProperty('leftover');
    expectTruth(result, killed.hosts, 'cleared up');
  });

  test('the source stays paused, and a later look settles it', async () => {
    const killed = await kill({
      killAtMs: 12_000,
      meanwhile: (hosts) => hosts.darken('destination', 90_000),
    });
    const first = await killed.recover();
    expect(first.result).toMatchObject({
      outcome: 'stuck',
      runningOn: 'unknown',
      error: { code: 'engine.stuck.outcome-unknown' },
    });
    expect(killed.hosts.copies.source).toMatchObject({ state: 3, reason: 2 });
    await killed.clock.until(killed.clock.sleep(60_000));
    const second = await killed.recover();
    expect(second.result.outcome).toBe('migrated');
    expectTruth(second.result, killed.hosts, 'later');
  });

  test('a minute is waited once both are reached, however late that is', async () => {
    const killed = await kill({ killAtMs: 5_000, meanwhile: (hosts) => hosts.darken('source', 50_000) });
    const { result } = await killed.recover();
    expectTruth(result, killed.hosts, 'dark');
    expect(result.outcome).toBe('failed');
  });

  test('a guest that may have run on the destination and ended there is not resumed on the source', async () => {
    const killed = await kill({
      killAtMs: 12_500,
      pauseMs: 10_000,
      meanwhile: (hosts) => {
        if (hosts.copies.destination === undefined) throw new Error('It has not arrived.');
        // Somebody has destroyed it there: nothing but that reason is left of its having run.
        Object.assign(hosts.copies.destination, { state: 5, reason: 2 });
      },
    });
    killed.entries.splice(0, Infinity, ...killed.entries.filter(({ type }) => type !== 'ran'));
    const { result } = await killed.recover();
    expect(result).toMatchObject({ outcome: 'stuck', error: { code: 'engine.stuck.runs-on-neither' } });
    expect(killed.hosts.calls).not.toContain('resume source');
  });

  test('it is left as it is when nobody waits any longer', async () => {
    const stop = new AbortController();
    const killed = await kill({
      killAtMs: 12_000,
      meanwhile: (hosts) => hosts.darken('destination', Infinity),
      signal: stop.signal,
    });
    stop.abort();
    await expect(killed.recover()).rejects.toBeInstanceOf(LeftOffError);
    expect(killed.hosts.copies.source).toMatchObject({ state: 3, reason: 2 });
    expect(killed.replayed().state.kind).toBe('looking');
  });
});

describe('what a run has made is taken back', () => {
  const copies = [
    {
      target: 'vda',
      place: {
        ...{ kind: 'new' as const, in: { directory: '/srv/guests' }, transientPool: true, name: 'vda.qcow2' },
        ...{ format: 'qcow2', capacityBytes: 2 ** 28, owner: undefined, backing: undefined },
      },
    },
  ];
  const plan = planFor({ disks: 'copy' }, { disks: ['vda'] }, copies);

  test('where the guest stayed, and kept where it has moved', async () => {
    const stayed = await kill({ killAtMs: 3_000, plan });
    expect(stayed.replayed().storage).toMatchObject([{ kind: 'volume', state: 'made', name: 'vda.qcow2' }]);
    const { result } = await stayed.recover();
    expect(result.storage).toEqual({ kept: [], removed: ['/srv/guests/vda.qcow2'], left: [] });
    expect(stayed.storage.files.size).toBe(0);
    expect(stayed.replayed().storage).toEqual([]);

    const moved = await kill({ killAtMs: 14_000, plan, pauseMs: 5_000 });
    const end = (await moved.recover()).result;
    expect(end.outcome).toBe('migrated');
    expect(end.storage?.kept).toEqual(['/srv/guests/vda.qcow2']);
    expect(moved.storage.files.size).toBe(1);
  });

  test('and nothing that its journal does not prove to be its own', async () => {
    const killed = await kill({ killAtMs: 3_000, plan });
    const last = killed.entries.findLastIndex(({ type }) => type === 'storage');
    killed.entries.splice(last, 1);
    const { result } = await killed.recover();
    expect(result.storage?.removed).toEqual([]);
    expect(result.storage?.left).toMatchObject([{ path: '/srv/guests/vda.qcow2' }]);
    expect(killed.storage.files.size).toBe(1);
  });

  test('so is its one-time identity; what cannot be taken away is told', async () => {
    const removed: string[] = [];
    const folder = `/run/viaduct-once-${'0'.repeat(24)}`;
    const removeIdentity = (path: string): Promise<void> => {
      removed.push(path);
      return removed.length > 1 ? Promise.reject(new Error('No way there.')) : Promise.resolve();
    };
    for (const left of [undefined, { side: 'source', message: 'No way there.', remedy: '' }]) {
      const killed = await kill({ killAtMs: 3_000, removeIdentity });
      killed.entries.unshift({ type: 'identity', folder });
      const { result } = await killed.recover();
      expect(result.leftBehind).toEqual(left);
      expect(killed.replayed().identityFolder).toBe(left === undefined ? undefined : folder);
    }
    expect(removed).toEqual([folder, folder]);
  });
});

test('a success stands, whatever has become of the guest since', async () => {
  const killed = await kill({ killAtMs: 20_000 });
  expect(killed.replayed().state.kind).toBe('migrated');
  killed.hosts.copies = { source: undefined, destination: undefined };
  const { result } = await killed.recover();
  expect(result).toMatchObject({ outcome: 'migrated', runningOn: 'destination' });
  expect(killed.hosts.calls.filter((call) => call.includes(' '))).toEqual([]);
});

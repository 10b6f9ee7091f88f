import { describe, expect, test } from 'vitest';
import type { FaultKind } from '../../fakes/simulated-fault.ts';
import type { TwoHosts } from '../../fakes/two-hosts.ts';
import { expectTruth } from './fault-oracle.ts';
import { planFor } from './migration-plan.ts';
import { simulate } from './run-simulation.ts';
import type { Scenario, Simulation } from './run-simulation.ts';

const options = { control: 'p2p', postCopy: true, timeoutS: 3, onTimeout: 'post-copy' } as const;
const breaks = (hosts: TwoHosts): void => {
  hosts.postCopyBreaks = true;
};

const switched = (scenario: Scenario = {}): Promise<Simulation> =>
  simulate({ plan: planFor(options), ...scenario });

describe('a migration that is switched to post-copy', () => {
  test('needs one order on the source; the daemons do the rest', async () => {
    const simulation = await switched();
    expect(simulation.hosts.calls).toEqual(['move', 'post-copy']);
    expect(simulation.result).toMatchObject({
      ...{ outcome: 'migrated', runningOn: 'destination', control: 'p2p', postCopy: true },
    });
    expect(simulation.result.totalMs).toBeGreaterThan(90_000);
    expect(simulation.actions).toEqual([
      expect.objectContaining({ action: 'post-copy', by: 'timeout', state: 'done' }),
    ]);
    expectTruth(simulation);
  });

  test('is followed on the source while its memory follows', async () => {
    const { progress } = await switched();
    expect(progress.filter(({ postCopyRequests }) => postCopyRequests === 7).length).toBeGreaterThan(10);
    expect(progress[0]).not.toHaveProperty('postCopyRequests');
  });

  test('cannot be cancelled any more, and says why', async () => {
    for (const cancelAfterMs of [6_000, 30_000, 70_000]) {
      const simulation = await switched({ cancelAfterMs });
      expect(simulation.cancelAnswer).toMatchObject({
        accepted: false,
        sentence: expect.stringContaining('until all of its memory is there') as string,
      });
      expect(simulation.result.outcome).toBe('migrated');
      expectTruth(simulation);
    }
  });

  test('goes on in pre-copy where the daemon refuses', async () => {
    const simulation = await switched({ fault: { at: 'post-copy', kind: 'error' } });
    expect(simulation.hosts.calls.filter((call) => call === 'post-copy')).toHaveLength(2);
    expect(simulation.result).toMatchObject({ outcome: 'migrated', postCopy: true });
    expectTruth(simulation);
  });

  test('names what broke and what to do when the way for its memory breaks; nothing is touched', async () => {
    const simulation = await switched({ arrange: breaks });
    expect(simulation.result).toMatchObject({
      ...{ outcome: 'stuck', runningOn: 'unknown', postCopy: true },
      error: {
        code: 'engine.stuck.post-copy-failed',
        remedy: expect.stringContaining('Do not resume, destroy or restart') as string,
      },
    });
    expect(simulation.hosts.calls).toEqual(['move', 'post-copy']);
    expect(simulation.hosts.copies).toMatchObject({
      source: { state: 3, reason: 13 },
      destination: { state: 1, reason: 11 },
    });
    expectTruth(simulation);
  });
});

const kinds: FaultKind[] = [
  ...(['error', 'lost before', 'lost during', 'reply lost', 'other lost', 'both lost'] as const),
  ...(['hangs', 'hangs done'] as const),
];

test.each(kinds)(
  'whatever goes wrong in post-copy, nothing is lost by our doing and the verdict is true: %s',
  { timeout: 60_000 },
  async (kind) => {
    for (const at of ['move', 'post-copy'] as const) {
      for (const darkMs of [0, 5_000, Infinity]) {
        for (const cancelAfterMs of darkMs === 0 ? [undefined, 2_000, 8_000] : [undefined]) {
          for (const postCopyBreaks of [false, true]) {
            const simulation = await switched({
              fault: { at, kind, darkMs },
              ...(cancelAfterMs !== undefined && { cancelAfterMs }),
              ...(postCopyBreaks && { arrange: breaks }),
            });
            const { result, hosts } = simulation;
            try {
              expectTruth(simulation);
            } catch (error) {
              const label = JSON.stringify({ at, kind, darkMs, cancelAfterMs, postCopyBreaks });
              throw new Error(`${label}: ${hosts.calls.join()} ended as ${JSON.stringify(result)}`, {
                cause: error,
              });
            }
          }
        }
      }
    }
  },
);

describe('when the time for the copy is over', () => {
  test('it is cancelled, and the reason told', async () => {
    const simulation = await simulate({ plan: planFor({ timeoutS: 4 }) });
    expect(simulation.result).toMatchObject({
      ...{ outcome: 'cancelled', runningOn: 'source' },
      error: { code: 'engine.timeout', message: expect.stringContaining('within 4 s') as string },
    });
    expect(simulation.actions).toEqual([
      expect.objectContaining({ action: 'cancel', by: 'timeout', state: 'done' }),
    ]);
    expectTruth(simulation);
  });

  test('the guest is suspended, and goes on at the destination', async () => {
    const simulation = await simulate({ plan: planFor({ timeoutS: 4, onTimeout: 'suspend' }) });
    expect(simulation.result).toMatchObject({ outcome: 'migrated', runningOn: 'destination' });
    expect(simulation.actions).toEqual([
      expect.objectContaining({ action: 'suspend', by: 'timeout', state: 'done' }),
    ]);
    expectTruth(simulation);
  });

  test('a suspended guest whose migration fails goes on at the source', async () => {
    for (const kind of ['error', 'lost during', 'both lost', 'other lost'] as const) {
      const simulation = await simulate({
        plan: planFor({ timeoutS: 4, onTimeout: 'suspend' }),
        fault: { at: 'perform', kind },
      });
      expect(simulation.result.runningOn).toBe('source');
      expectTruth(simulation);
    }
  });

  test('in a peer-to-peer migration as well', async () => {
    const cancelled = await simulate({ plan: planFor({ control: 'p2p', timeoutS: 4 }) });
    expect(cancelled.result).toMatchObject({ outcome: 'cancelled', error: { code: 'engine.timeout' } });
    expectTruth(cancelled);
    const suspended = await simulate({
      plan: planFor({ control: 'p2p', timeoutS: 4, onTimeout: 'suspend' }),
    });
    expect(suspended.result.outcome).toBe('migrated');
    expectTruth(suspended);
  });

  test('a migration that was quicker is left alone', async () => {
    const simulation = await simulate({ plan: planFor({ timeoutS: 3_600 }) });
    expect(simulation.result.outcome).toBe('migrated');
    expect(simulation.actions).toEqual([]);
  });
});

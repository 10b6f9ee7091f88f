import { describe, expect, test } from 'vitest';
import type { FaultKind, SimulatedCall } from '../../fakes/simulated-fault.ts';
import type { TwoHosts } from '../../fakes/two-hosts.ts';
import { expectTruth } from './fault-oracle.ts';
import { planFor } from './migration-plan.ts';
import { simulate } from './run-simulation.ts';
import type { Scenario, Simulation } from './run-simulation.ts';

const options = { postCopy: true, timeoutS: 3, onTimeout: 'post-copy' } as const;
const plans = { managed: planFor(options), p2p: planFor({ ...options, control: 'p2p' }) };
const breaks = (hosts: TwoHosts): void => {
  hosts.postCopyBreaks = true;
};

const switched = (scenario: Scenario = {}): Promise<Simulation> =>
  simulate({ plan: plans.managed, ...scenario });

describe('a managed migration that is switched to post-copy', () => {
  test('calls finish as soon as perform answers, waits for the last page, and then ends the source', async () => {
    const simulation = await switched();
    expect(simulation.hosts.calls).toEqual(['begin', 'prepare', 'perform', 'post-copy', 'finish', 'confirm']);
    expect(simulation.result).toMatchObject({
      ...{ outcome: 'migrated', runningOn: 'destination', postCopy: true },
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

  test('is not switched where the destination does not answer', async () => {
    const simulation = await switched({
      onPhase: ({ phase, state }, hosts) => {
        if (phase === 'perform' && state === 'begin') hosts.darken('destination', 5_000);
      },
    });
    expect(simulation.hosts.calls).not.toContain('post-copy');
    expect(simulation.result).toMatchObject({ outcome: 'failed', runningOn: 'source' });
    expectTruth(simulation);
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
    expect(simulation.hosts.calls.at(-1)).toBe('finish');
    expect(simulation.hosts.copies).toMatchObject({
      source: { state: 3, reason: 13 },
      destination: { state: 1, reason: 11 },
    });
  });
});

describe('a peer-to-peer migration that is switched to post-copy', () => {
  test('needs one order on the source; the daemons do the rest', async () => {
    const simulation = await switched({ plan: plans.p2p });
    expect(simulation.hosts.calls).toEqual(['move', 'post-copy']);
    expect(simulation.result).toMatchObject({ outcome: 'migrated', control: 'p2p', postCopy: true });
    expectTruth(simulation);
  });

  test('ends stuck and untouched when the way for its memory breaks', async () => {
    const simulation = await switched({ plan: plans.p2p, arrange: breaks });
    expect(simulation.result.error?.code).toBe('engine.stuck.post-copy-failed');
    expect(simulation.hosts.calls).toEqual(['move', 'post-copy']);
    expectTruth(simulation);
  });
});

const kinds: FaultKind[] = [
  ...(['error', 'lost before', 'lost during', 'reply lost', 'other lost', 'both lost'] as const),
  ...(['hangs', 'hangs done'] as const),
];
const managedCalls: SimulatedCall[] = ['perform', 'post-copy', 'finish', 'confirm'];

describe.each([
  ['managed', managedCalls],
  ['p2p', ['move', 'post-copy']],
] as const)('whatever goes wrong in post-copy, %s', (control, calls) => {
  test.each(kinds)(
    'nothing is lost by our doing and the verdict is true: %s',
    { timeout: 60_000 },
    async (kind) => {
      for (const at of calls) {
        for (const darkMs of [0, 5_000, Infinity]) {
          for (const cancelAfterMs of darkMs === 0 ? [undefined, 2_000, 8_000] : [undefined]) {
            for (const postCopyBreaks of [false, true]) {
              const simulation = await switched({
                plan: plans[control],
                fault: { at, kind, darkMs },
                ...(cancelAfterMs !== undefined && { cancelAfterMs }),
                ...(postCopyBreaks && { arrange: breaks }),
              });
              const { result, hosts } = simulation;
              // A daemon that never carries Finish out takes the guest with it; half an hour passes before that.
              const isForgotten = at === 'finish' && kind === 'hangs' && hosts.calls.includes(at);
              try {
                if (isForgotten) expect(result.totalMs).toBeGreaterThan(1_800_000);
                else expectTruth(simulation);
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
});

describe('when connections of ours break after the switch', () => {
  const breakAt = (side: 'source' | 'destination', phase: 'perform' | 'finish', state: 'begin' | 'end') =>
    switched({
      onPhase: (event, hosts) => {
        if (event.phase === phase && event.state === state) hosts.breakLink(side);
      },
    });

  test('during finish that of the destination is harmless: the outcome is asked for, then the source ended', async () => {
    const simulation = await switched({ fault: { at: 'finish', kind: 'lost during' } });
    expect(simulation.result).toMatchObject({ outcome: 'migrated', postCopy: true });
    expect(simulation.hosts.calls.slice(-2)).toEqual(['finish', 'confirm']);
    expectTruth(simulation);
  });

  test('during finish that of the source is harmless: it ends by itself', async () => {
    const simulation = await switched({ fault: { at: 'finish', kind: 'other lost' } });
    expect(simulation.result).toMatchObject({ outcome: 'migrated', postCopy: true });
    expect(simulation.hosts.calls.at(-1)).toBe('finish');
    expectTruth(simulation);
  });

  test('that of the destination before finish could be called loses the guest, and that is said', async () => {
    const simulation = await breakAt('destination', 'perform', 'end');
    expect(simulation.result).toMatchObject({
      outcome: 'stuck',
      error: { code: 'engine.stuck.runs-on-neither' },
    });
    expect(simulation.hosts.calls).not.toContain('resume source');
    expect(simulation.hosts.calls).not.toContain('destroy source');
  });
});

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

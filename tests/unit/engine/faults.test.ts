import { describe, expect, test } from 'vitest';
import { phases } from '../../../electron/engine/outcome.ts';
import type { FaultKind, SimulatedCall, SimulatedFault } from '../../fakes/simulated-fault.ts';
import { expectTruth } from './fault-oracle.ts';
import { simulate } from './run-simulation.ts';
import type { Scenario } from './run-simulation.ts';

const calls: SimulatedCall[] = [...phases, 'finish-cancelled', 'confirm-cancelled'];
const kinds: FaultKind[] = [
  'error',
  'lost before',
  'lost during',
  'reply lost',
  'other lost',
  'both lost',
  'hangs',
  'hangs done',
];
const darkness = [0, 5_000, Infinity];
const cancelPoints: Scenario['cancelAt'][] = [
  undefined,
  ...phases.flatMap((phase) => [
    { phase, state: 'begin' as const },
    { phase, state: 'end' as const },
  ]),
];

/** Whether the hosts could always be asked within the run's patience: then nothing may be left to a person. */
function alwaysReachable({ darkMs = 0, slowMs = 0 }: SimulatedFault): boolean {
  return darkMs < 30_000 && slowMs < 30_000;
}

async function expectTruthFor(scenario: Scenario & { fault: SimulatedFault }): Promise<string> {
  const simulation = await simulate(scenario);
  const label = JSON.stringify({
    fault: scenario.fault,
    cancelAt: scenario.cancelAt,
    calls: simulation.hosts.calls,
  });
  try {
    expectTruth(simulation, scenario.paused);
    if (alwaysReachable(scenario.fault)) expect(simulation.result.outcome).not.toBe('stuck');
  } catch (error) {
    throw new Error(`${label} ended as ${JSON.stringify(simulation.result)}`, { cause: error });
  }
  return simulation.result.outcome;
}

describe.each(calls)('whatever goes wrong at %s', (at) => {
  test.each(kinds)('the guest is neither lost nor run twice and the verdict is true: %s', async (kind) => {
    for (const cancelAt of cancelPoints) {
      for (const darkMs of cancelAt === undefined ? darkness : [0, Infinity]) {
        await expectTruthFor({ fault: { at, kind, darkMs }, ...(cancelAt && { cancelAt }) });
      }
    }
  });

  test('a guest that was paused stays paused', async () => {
    for (const kind of kinds) {
      for (const cancelAt of [undefined, { phase: 'perform', state: 'begin' } as const]) {
        await expectTruthFor({ fault: { at, kind }, paused: true, ...(cancelAt && { cancelAt }) });
      }
    }
  });

  test('a guest without a definition fares as well', async () => {
    for (const kind of kinds) await expectTruthFor({ fault: { at, kind }, persistent: false });
  });
});

describe('a finish that the daemon is slow to carry out', () => {
  test.each(['lost during', 'both lost', 'other lost'] as const)(
    'is waited for, never guessed at: %s',
    async (kind) => {
      const outcomes = new Set<string>();
      for (const slowMs of [0, 1, 10_000, 29_000, 59_000, 61_000, 119_000, 121_000, 500_000]) {
        for (const darkMs of darkness) {
          outcomes.add(await expectTruthFor({ fault: { at: 'finish', kind, slowMs, darkMs } }));
        }
      }
      expect(outcomes).not.toContain('failed');
    },
  );
});

test('the faults reach every kind of end', async () => {
  const outcomes = new Set<string>();
  for (const kind of kinds) {
    for (const darkMs of darkness) {
      outcomes.add(await expectTruthFor({ fault: { at: 'finish', kind, darkMs } }));
      outcomes.add(
        await expectTruthFor({
          fault: { at: 'finish-cancelled', kind, darkMs },
          cancelAt: { phase: 'perform', state: 'begin' },
        }),
      );
    }
  }
  expect([...outcomes].sort()).toEqual(['cancelled', 'failed', 'migrated', 'stuck']);
});

import { describe, expect, test } from 'vitest';
import { phases } from '../../../electron/engine/outcome.ts';
import type { PlanOptions } from '../../../electron/engine/plan.ts';
import { migrateFlags } from '../../../electron/libvirt/index.ts';
import { peerFaultKinds, peerPoints } from '../../fakes/simulated-fault.ts';
import type { FaultKind, SimulatedCall } from '../../fakes/simulated-fault.ts';
import { expectDefinition } from './expect-definition.ts';
import { planFor } from './migration-plan.ts';
import { simulate } from './run-simulation.ts';
import type { Scenario, Simulation } from './run-simulation.ts';

/** Moves the definition of the simulated guest, which is shut off. */
const moveOffline = (options: Partial<PlanOptions> = {}, scenario: Scenario = {}): Promise<Simulation> =>
  simulate({ shutOff: true, plan: planFor({ offline: true, ...options }), ...scenario });

const flagNames = (flags: number | undefined) =>
  Object.entries(migrateFlags)
    .filter(([, bit]) => ((flags ?? 0) & bit) !== 0)
    .map(([name]) => name)
    .sort();

describe('the definition of a guest that is shut off', () => {
  test('moves in four calls: there is nothing to perform', async () => {
    const simulation = await moveOffline();
    expect(simulation.result).toMatchObject({ outcome: 'migrated', control: 'managed' });
    expect(simulation.hosts.calls).toEqual(['begin', 'prepare', 'finish', 'confirm']);
    expect(simulation.phases).toEqual(
      ['begin', 'prepare', 'finish', 'confirm'].flatMap((phase) => [`${phase} begin`, `${phase} end`]),
    );
    expect(simulation.progress).toEqual([]);
    expectDefinition(simulation, false);
  });

  test('moves in one call of the source’s daemon', async () => {
    const simulation = await moveOffline({ control: 'p2p' });
    expect(simulation.result).toMatchObject({ outcome: 'migrated', control: 'p2p' });
    expect(simulation.hosts.calls).toEqual(['move']);
    expectDefinition(simulation, false);
  });

  test.each<[Partial<PlanOptions>, string[]]>([
    [{}, ['offline', 'persistDest', 'tls', 'undefineSource']],
    [{ keepSourceDefinition: true }, ['offline', 'persistDest', 'tls']],
    [{ control: 'p2p' }, ['offline', 'peer2peer', 'persistDest', 'tls', 'undefineSource']],
  ])('goes with the flags that libvirt wants for it: %j', async (options, expected) => {
    const { hosts } = await moveOffline(options);
    for (const { call, flags } of hosts.sent) {
      const atSource = options.control !== 'p2p' && (call === 'begin' || call === 'confirm');
      expect(flagNames(flags)).toEqual([...expected, ...(atSource ? ['changeProtection'] : [])].sort());
    }
  });

  test('names no data address, and the guest as it is to be called', async () => {
    const { hosts } = await moveOffline({ rename: 'web02' });
    const fields = hosts.sent.map(({ call, params }) => [call, params.map(({ field }) => field)]);
    expect(fields).toEqual([
      ['begin', ['destination_name']],
      ['prepare', ['destination_xml', 'destination_name']],
      ['finish', ['destination_xml', 'destination_name']],
      ['confirm', ['destination_xml', 'destination_name']],
    ]);
  });

  test.each(['managed', 'p2p'] as const)(
    'stays on the source as well where that is asked for: %s',
    async (control) => {
      const simulation = await moveOffline({ control, keepSourceDefinition: true });
      expect(simulation.result.outcome).toBe('migrated');
      expectDefinition(simulation, true);
    },
  );

  test('is not moved when the guest was started meanwhile', async () => {
    const { result, hosts } = await moveOffline({}, { shutOff: false });
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'engine.guest-not-shut-off' } });
    expect(hosts.calls).toEqual([]);
  });

  test('is given back when the guest is seen to run once the source’s job is open', async () => {
    const { result, hosts } = await moveOffline(
      {},
      {
        onPhase: ({ phase, state }, { copies }) => {
          if (phase === 'begin' && state === 'begin')
            Object.assign(copies.source ?? {}, { state: 1, reason: 1 });
        },
      },
    );
    expect(result).toMatchObject({
      ...{ outcome: 'failed', runningOn: 'source' },
      error: { code: 'engine.guest-not-shut-off' },
    });
    expect(hosts.calls).toEqual(['begin', 'confirm-cancelled']);
  });

  test.each([
    ['begin', 'Stops the migration; the guest stays on the source.', 'cancelled'],
    ['prepare', 'Stops the migration; the guest stays on the source.', 'cancelled'],
    ['finish', 'Too late to cancel: the definition is being handed over to the destination.', 'migrated'],
  ] as const)('can be cancelled until it is handed over: at %s', async (phase, sentence, outcome) => {
    let before = '';
    const simulation = await moveOffline(
      {},
      {
        onPhase: (event, _hosts, migration) => {
          if (event.phase === phase && event.state === 'begin') before = migration.cancellation().sentence;
        },
        cancelAt: { phase, state: 'begin' },
      },
    );
    expect(before).toBe(sentence);
    expect(simulation.result.outcome).toBe(outcome);
    expectDefinition(simulation, false);
  });

  test('has nothing that could be tuned', async () => {
    const { migration, result } = await moveOffline(
      { control: 'p2p' },
      {
        onPhase: (_event, _hosts, running) => {
          expect(Object.values(running.tuning()).some(({ possible }) => possible)).toBe(false);
        },
      },
    );
    expect(result.outcome).toBe('migrated');
    expect(migration.cancel()).toEqual({ accepted: false, sentence: 'It is over.' });
  });
});

const calls: SimulatedCall[] = [
  ...phases.filter((phase) => phase !== 'perform'),
  'finish-cancelled',
  'confirm-cancelled',
];
const kinds: FaultKind[] = [
  ...(['error', 'lost before', 'lost during', 'reply lost', 'other lost', 'both lost'] as const),
  ...(['hangs', 'hangs done'] as const),
];
const darkness = [0, 5_000, Infinity];

describe.each([
  ['and taken from the source', { keepSourceDefinition: false, definedBefore: false }],
  ['and kept on the source', { keepSourceDefinition: true, definedBefore: false }],
  ['over one that was there', { keepSourceDefinition: false, definedBefore: true }],
  ['over one that was there, and kept', { keepSourceDefinition: true, definedBefore: true }],
])('a definition moved %s', (_what, { keepSourceDefinition, definedBefore }) => {
  async function expectTruthFor(options: Partial<PlanOptions>, scenario: Scenario): Promise<string> {
    const simulation = await moveOffline(
      { keepSourceDefinition, ...options },
      { definedBefore, ...scenario },
    );
    try {
      expectDefinition(simulation, keepSourceDefinition);
    } catch (error) {
      const { fault, peerFault, cancelAt } = scenario;
      const label = JSON.stringify({ fault, peerFault, cancelAt, calls: simulation.hosts.calls });
      throw new Error(`${label} ended as ${JSON.stringify(simulation.result)}`, { cause: error });
    }
    return simulation.result.outcome;
  }

  test.each(calls)('is not lost, whatever goes wrong at %s', async (at) => {
    for (const kind of kinds) {
      for (const darkMs of darkness) {
        await expectTruthFor({}, { fault: { at, kind, darkMs } });
        if (darkMs !== 0) continue;
        await expectTruthFor(
          {},
          { fault: { at, kind, darkMs }, cancelAt: { phase: 'prepare', state: 'begin' } },
        );
      }
    }
  });

  test('is not lost, whatever goes wrong in the source’s daemon', async () => {
    for (const kind of kinds) {
      for (const darkMs of darkness)
        await expectTruthFor({ control: 'p2p' }, { fault: { at: 'move', kind, darkMs } });
    }
  });

  test('is not lost, whatever becomes of the two daemons', async () => {
    for (const at of peerPoints) {
      for (const kind of peerFaultKinds)
        await expectTruthFor({ control: 'p2p' }, { peerFault: { at, kind } });
    }
  });
});

test('a lost answer to Finish is found out where nothing was there before, and not guessed at where something was', async () => {
  const end = async (definedBefore: boolean) => {
    const fault = { at: 'finish', kind: 'reply lost' } as const;
    return (await moveOffline({}, { fault, definedBefore })).result;
  };
  expect(await end(false)).toMatchObject({ outcome: 'migrated', runningOn: 'destination' });
  expect(await end(true)).toMatchObject({
    ...{ outcome: 'failed', runningOn: 'source' },
    error: { message: expect.stringMatching(/not certain that nothing of web01/) as string },
  });
});

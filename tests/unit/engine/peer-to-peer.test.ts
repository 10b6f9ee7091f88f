import { describe, expect, test } from 'vitest';
import { migrateFlags } from '../../../electron/libvirt/index.ts';
import { peerFaultKinds, peerPoints } from '../../fakes/simulated-fault.ts';
import type { FaultKind, PeerFault, SimulatedFault } from '../../fakes/simulated-fault.ts';
import { expectTruth } from './fault-oracle.ts';
import { planFor } from './migration-plan.ts';
import { simulate } from './run-simulation.ts';
import type { Scenario, Simulation } from './run-simulation.ts';

/** A peer-to-peer run of the simulated guest. */
const move = (scenario: Scenario = {}): Promise<Simulation> =>
  simulate({ plan: planFor({ control: 'p2p' }, { persistent: scenario.persistent ?? true }), ...scenario });

describe('a peer-to-peer migration', () => {
  test('is one call on the source; the guest is set going once both hosts have told where it is', async () => {
    const simulation = await move();
    expect(simulation.result).toMatchObject({
      outcome: 'migrated',
      control: 'p2p',
      runningOn: 'destination',
    });
    expect(simulation.hosts.calls).toEqual(['move', 'resume destination']);
    expect(simulation.phases).toEqual(['perform begin', 'perform end']);
    expect(simulation.progress.at(-1)?.percent).toBe(100);
    expectTruth(simulation);
  });

  test('tells the daemon the whole plan, and whom its QEMU must find at the address that the destination names', async () => {
    const { hosts } = await move({
      plan: planFor({ control: 'p2p', disks: 'copy', bandwidthMiBps: 100 }, { disks: ['vda'] }),
    });
    const [sent] = hosts.sent;
    expect(sent?.flags).toBe(
      migrateFlags.live |
        migrateFlags.peer2peer |
        migrateFlags.tls |
        migrateFlags.persistDest |
        migrateFlags.undefineSource |
        migrateFlags.nonSharedDisk |
        migrateFlags.paused,
    );
    expect(sent?.params.map(({ field, value }) => `${field}=${String(value)}`)).toEqual([
      'migrate_uri=tcp://beta.lab',
      'bandwidth=100',
      'migrate_disks=vda',
      'tls.destination=beta.lab',
    ]);
  });

  test('through the tunnel names no data address and no certificate of QEMU', async () => {
    const { hosts, result } = await move({ plan: planFor({ control: 'p2p', mode: 'tunnelled' }) });
    const [sent] = hosts.sent;
    expect((sent?.flags ?? 0) & (migrateFlags.tunnelled | migrateFlags.tls)).toBe(migrateFlags.tunnelled);
    expect(sent?.params).toEqual([]);
    expect(result).toMatchObject({ outcome: 'migrated', mode: 'tunnelled' });
  });

  test('measures the pause to where the guest was set going, unattended to where libvirt did', async () => {
    const attended = await move();
    // The last second of the copy, Finish and Confirm of the daemons, and the look at both hosts.
    expect(attended.result.downtimeMs).toBeGreaterThan(2_000);
    const unattended = await move({ plan: planFor({ control: 'p2p', unattended: true }) });
    expect(unattended.hosts.calls).toEqual(['move']);
    expect(unattended.result).toMatchObject({ outcome: 'migrated', downtimeMs: 42 });
  });

  test('leaves a paused guest paused', async () => {
    const simulation = await move({ paused: true });
    expect(simulation.result.outcome).toBe('migrated');
    expect(simulation.hosts.calls).toEqual(['move']);
    expectTruth(simulation, true);
  });
});

const kinds: FaultKind[] = [
  ...(['error', 'lost before', 'lost during', 'reply lost', 'other lost', 'both lost'] as const),
  ...(['hangs', 'hangs done'] as const),
];
const darkness = [0, 5_000, Infinity];
const cancels: Scenario['cancelAt'][] = [undefined, { phase: 'perform', state: 'begin' }];

async function expectTruthFor(scenario: Scenario): Promise<Simulation> {
  const simulation = await move(scenario);
  try {
    expectTruth(simulation, scenario.paused);
  } catch (error) {
    const { fault, peerFault, cancelAt } = scenario;
    const label = JSON.stringify({ fault, peerFault, cancelAt, calls: simulation.hosts.calls });
    throw new Error(`${label} ended as ${JSON.stringify(simulation.result)}`, { cause: error });
  }
  return simulation;
}

describe('when our own connections fail', () => {
  test.each(kinds)('the guest is neither lost nor run twice and the verdict is true: %s', async (kind) => {
    for (const cancelAt of cancels) {
      for (const darkMs of darkness) {
        for (const paused of [false, true]) {
          const fault: SimulatedFault = { at: 'move', kind, darkMs };
          const { result } = await expectTruthFor({ fault, paused, ...(cancelAt && { cancelAt }) });
          if (darkMs < 30_000) expect(result.outcome).not.toBe('stuck');
        }
      }
    }
  });

  test.each(['lost during', 'reply lost', 'both lost'] as const)(
    'the daemon goes on and so does the run: %s',
    async (kind) => {
      const { result, phases, progress } = await expectTruthFor({ fault: { at: 'move', kind } });
      expect(result).toMatchObject({ outcome: 'migrated', runningOn: 'destination' });
      expect(phases).toEqual(['perform begin', 'perform end']);
      expect(progress.length).toBeGreaterThan(2);
    },
  );

  test('a lost connection can still be cancelled over another one', async () => {
    const { result } = await expectTruthFor({
      fault: { at: 'move', kind: 'lost during' },
      cancelAt: { phase: 'perform', state: 'begin' },
    });
    expect(result).toMatchObject({ outcome: 'cancelled', runningOn: 'source' });
  });

  test('a call that the daemon takes up only after the connection is gone is waited for', async () => {
    // The connection breaks after 7 s; the daemon begins at the next moment, or seconds later.
    for (const slowMs of [0, 7_100, 9_000, 11_500]) {
      const { result } = await expectTruthFor({ fault: { at: 'move', kind: 'both lost', slowMs } });
      expect(result.outcome).toBe('migrated');
    }
  });

  test('while the source cannot be asked nothing is claimed', async () => {
    const { result } = await expectTruthFor({ fault: { at: 'move', kind: 'lost during', darkMs: Infinity } });
    expect(result.outcome).toBe('stuck');
    expect(result.runningOn).not.toBe('source');
  });
});

describe('when a daemon dies, or the link between the two', () => {
  const outcome = async (peerFault: PeerFault): Promise<string> => {
    const { result, hosts } = await move({ peerFault });
    return `${result.outcome} on ${result.runningOn}; ${hosts.calls.slice(1).join(', ') || 'nothing done'}`;
  };

  const setGoing = 'resume destination';
  const takenBack = 'destroy destination, undefine destination';
  test.each<[PeerFault['at'], PeerFault['kind'], string]>([
    ['connect', 'source daemon dies', 'failed on source; nothing done'],
    ['perform', 'source daemon dies', 'failed on source; nothing done'],
    ['switched', 'source daemon dies', 'failed on source; resume source'],
    ['finish', 'source daemon dies', `migrated on destination; destroy source, ${setGoing}, undefine source`],
    [
      'finished',
      'source daemon dies',
      `migrated on destination; destroy source, ${setGoing}, undefine source`,
    ],
    ['connect', 'destination daemon dies', 'failed on source; nothing done'],
    ['perform', 'destination daemon dies', 'failed on source; nothing done'],
    ['switched', 'destination daemon dies', 'failed on source; nothing done'],
    ['finish', 'destination daemon dies', `failed on source; ${takenBack}`],
    ['finished', 'destination daemon dies', `migrated on destination; ${setGoing}`],
    ['connect', 'destination host dies', 'failed on source; nothing done'],
    ['perform', 'destination host dies', 'failed on source; nothing done'],
    ['switched', 'destination host dies', 'stuck on unknown; nothing done'],
    ['finish', 'destination host dies', 'stuck on unknown; nothing done'],
    ['finished', 'destination host dies', 'stuck on unknown; nothing done'],
    ['connect', 'link breaks', 'failed on source; nothing done'],
    ['perform', 'link breaks', 'failed on source; nothing done'],
    ['switched', 'link breaks', 'failed on source; nothing done'],
    ['finish', 'link breaks', `failed on source; ${takenBack}`],
    ['finished', 'link breaks', `migrated on destination; ${setGoing}`],
  ])('at %s: %s', async (at, kind, expected) => {
    expect(await outcome({ at, kind })).toBe(expected);
  });

  test.each(['destination daemon dies', 'link breaks'] as const)(
    'in finish, unattended, libvirt lets the source go on as well; that is an alarm, and nothing is touched: %s',
    async (kind) => {
      const plan = planFor({ control: 'p2p', unattended: true }, { persistent: true });
      const { result, hosts } = await move({ plan, peerFault: { at: 'finish', kind } });
      expect(hosts.runningOn).toEqual(['source', 'destination']);
      expect(result).toMatchObject({
        outcome: 'stuck',
        runningOn: 'unknown',
        error: { code: 'engine.stuck.runs-on-both' },
      });
      expect(hosts.calls).toEqual(['move']);
    },
  );

  test('the truth is told at each of these points, cancelled or not, paused or not', async () => {
    for (const at of peerPoints) {
      for (const kind of peerFaultKinds) {
        const hostDies = kind === 'destination host dies' && ['finish', 'finished'].includes(at);
        if (hostDies) continue;
        for (const cancelAt of cancels) {
          for (const paused of [false, true]) {
            await expectTruthFor({ peerFault: { at, kind }, paused, ...(cancelAt && { cancelAt }) });
          }
        }
      }
    }
  });
});

describe('cancelling a peer-to-peer migration', () => {
  test('keeps the guest on the source, and is accepted twice', async () => {
    const simulation = await move({ cancelAt: { phase: 'perform', state: 'begin' }, cancelTimes: 2 });
    expect(simulation.cancelAnswer).toMatchObject({ accepted: true });
    expect(simulation.result).toMatchObject({ outcome: 'cancelled', runningOn: 'source' });
    expect(simulation.result.error).toBeUndefined();
    expectTruth(simulation);
  });

  test('after the reply is too late, and says so', async () => {
    const { cancelAnswer, result } = await move({ cancelAt: { phase: 'perform', state: 'end' } });
    expect(result.outcome).toBe('migrated');
    expect(cancelAnswer?.accepted).toBe(false);
  });
});

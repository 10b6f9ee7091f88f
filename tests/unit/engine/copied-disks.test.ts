import { describe, expect, test } from 'vitest';
import type { DiskCopy } from '../../../electron/engine/storage/disk-copy.ts';
import { phases } from '../../../electron/engine/outcome.ts';
import { diskChanges } from '../../../electron/engine/disk-changes.ts';
import type { FaultKind, SimulatedCall } from '../../fakes/simulated-fault.ts';
import { planFor } from './migration-plan.ts';
import { simulate, type Scenario } from './run-simulation.ts';

const vda: DiskCopy = {
  target: 'vda',
  place: {
    kind: 'new',
    in: { directory: '/srv' },
    transientPool: true,
    name: 'vda.qcow2',
    format: 'qcow2',
    capacityBytes: 2 ** 28,
    owner: undefined,
    backing: undefined,
  },
};
const vdb: DiskCopy = { target: 'vdb', place: { kind: 'existing', what: '/srv/vdb.qcow2' } };
const plan = planFor({ disks: 'copy' }, { disks: ['vda', 'vdb'] }, [vda, vdb]);

const calls: SimulatedCall[] = [...phases, 'finish-cancelled', 'confirm-cancelled'];
const kinds: FaultKind[] = [
  ...(['error', 'lost before', 'lost during', 'reply lost'] as const),
  ...(['other lost', 'both lost', 'hangs', 'hangs done'] as const),
];

const run = (scenario: Scenario = {}) =>
  simulate({
    plan,
    ...scenario,
    arrangeStorage: (storage) => {
      storage.files.set('/srv/vdb.qcow2', 'somebody');
      scenario.arrangeStorage?.(storage);
    },
  });

describe('a migration with copied disks', () => {
  test('keeps what it made when the guest has moved', async () => {
    const { result, storage } = await run();
    expect(result).toMatchObject({ outcome: 'migrated', storage: { kept: ['/srv/vda.qcow2'], left: [] } });
    expect([...storage.files.keys()]).toEqual(['/srv/vdb.qcow2', '/srv/vda.qcow2']);
  });

  test.each<[string, Scenario]>([
    ['cancelled before anything', { cancelAt: { phase: 'begin', state: 'begin' } }],
    ['cancelled while it is copied', { cancelAt: { phase: 'perform', state: 'begin' } }],
    ['failed in prepare', { fault: { at: 'prepare', kind: 'error' } }],
    ['failed in perform', { fault: { at: 'perform', kind: 'error' } }],
    ['the connection broke while it was copied', { fault: { at: 'perform', kind: 'both lost' } }],
  ])('takes back what it made, and nothing else: %s', async (_when, scenario) => {
    const { result, storage } = await run(scenario);
    expect(result.runningOn).toBe('source');
    expect([...storage.files.keys()]).toEqual(['/srv/vdb.qcow2']);
    expect(storage.pools.size).toBe(0);
    expect(result.storage?.removed ?? []).toEqual(result.storage === undefined ? [] : ['/srv/vda.qcow2']);
  });

  test('does not begin where a volume cannot be made, and says why', async () => {
    const { result, hosts, storage } = await run({
      arrangeStorage: ({ faults }) => faults.push({ at: 'createVolume', how: 'refused' }),
    });
    expect(result).toMatchObject({
      outcome: 'failed',
      runningOn: 'source',
      error: { code: 'migration.storage-full', side: 'destination' },
    });
    expect(hosts.calls).not.toContain('begin');
    expect(storage.files.size).toBe(1);
  });

  test.each(calls)(
    'never loses a disk that the destination’s guest is on, whatever goes wrong at %s',
    async (at) => {
      for (const kind of kinds) {
        for (const darkMs of [0, Infinity]) {
          const { result, hosts, storage } = await run({ fault: { at, kind, darkMs } });
          const label = `${at} ${kind} ${darkMs} ${JSON.stringify(result)}`;
          const isThere = storage.files.has('/srv/vda.qcow2');
          if (hosts.copies.destination !== undefined) expect(isThere, label).toBe(true);
          if (result.runningOn !== 'source') expect(isThere, label).toBe(true);
          const told = [
            ...(result.storage?.kept ?? []),
            ...(result.storage?.left ?? []).map(({ path }) => path),
          ];
          if (isThere) expect(told, label).toEqual(['/srv/vda.qcow2']);
          expect(storage.files.get('/srv/vdb.qcow2'), label).toBe('somebody');
        }
      }
    },
  );

  test('tells of what could not be taken back, and what to do', async () => {
    const { result } = await run({
      cancelAt: { phase: 'perform', state: 'begin' },
      arrangeStorage: ({ faults }) => faults.push({ at: 'deleteVolume', how: 'refused' }),
    });
    expect(result).toMatchObject({ outcome: 'cancelled', error: { code: 'storage.left' } });
    expect(result.error?.message).toContain('/srv/vda.qcow2');
    expect(result.error?.remedy).toContain('beta.lab');
  });
});

describe('what a plan says of copied disks', () => {
  test('what is made, what is written over, and what stays', () => {
    const changes = diskChanges({ disks: ['vda', 'vdb', 'vdc'] }, [vda, vdb]).map(
      ({ side, text }) => `${side}: ${text}`,
    );
    expect(changes).toEqual([
      'source: The files of vda, vdb, vdc stay here, unused; Viaduct does not delete them.',
      'destination: /srv/vda.qcow2 is made for vda (qcow2). A storage pool for its directory is started for that and stopped again.',
      'destination: vdb is written over /srv/vdb.qcow2, which is here already.',
      'destination: vdc is written here, to the path it has on the source; what is there is overwritten.',
    ]);
    expect(diskChanges({ disks: [] }, [])).toEqual([]);
  });
});

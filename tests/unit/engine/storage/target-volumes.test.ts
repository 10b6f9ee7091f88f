import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noJournal } from '../../../../electron/engine/journal/run-journal.ts';
import { defaultLimits } from '../../../../electron/engine/run/limits.ts';
import type { DiskCopy } from '../../../../electron/engine/storage/disk-copy.ts';
import { TargetVolumes, type VolumeFate } from '../../../../electron/engine/storage/target-volumes.ts';
import { SimulatedStorage, type StorageFault } from '../../../fakes/simulated-storage.ts';
import { VirtualClock } from '../../../fakes/virtual-clock.ts';

const directory = '/srv/guests';
const path = `${directory}/vda.qcow2`;

function copyOf(target: string, where: { pool: string } | { directory: string } = { directory }): DiskCopy {
  const place = {
    kind: 'new' as const,
    in: where,
    transientPool: 'directory' in where,
    name: `${target}.qcow2`,
    format: 'qcow2',
    capacityBytes: 2 ** 28,
    owner: undefined,
    backing: undefined,
  };
  return { target, place };
}

interface Scene {
  copies?: DiskCopy[];
  fate: VolumeFate;
  guestIsThere?: () => Promise<boolean>;
  /** Between making and the end. */
  meanwhile?: () => void;
}

async function run(storage: SimulatedStorage, scene: Scene) {
  const clock = new VirtualClock();
  const volumes = new TargetVolumes({
    copies: scene.copies ?? [copyOf('vda')],
    host: storage,
    guestIsThere: scene.guestIsThere ?? (() => Promise.resolve(false)),
    journal: noJournal,
    clock,
    limits: defaultLimits,
    logger: undefined,
  });
  let failure: unknown;
  try {
    await clock.until(volumes.make(new AbortController().signal));
  } catch (error) {
    failure = error;
  }
  scene.meanwhile?.();
  return { failure, report: await clock.until(volumes.conclude(scene.fate)) };
}

describe('volumes that the destination lacks', () => {
  it('are made in a pool that lasts no longer than that, and stay when the guest has moved', async () => {
    const storage = new SimulatedStorage();
    const { report } = await run(storage, { fate: 'keep' });
    expect([...storage.files]).toEqual([[path, 'viaduct']]);
    expect(storage.pools.size).toBe(0);
    expect(report).toEqual({ kept: [path], removed: [], left: [] });
  });

  it('are made in the pool that is there, which stays as it is', async () => {
    const storage = new SimulatedStorage();
    storage.addPool('guests', directory);
    await run(storage, { fate: 'remove' });
    expect(storage.calls).toEqual(['createVolume', 'deleteVolume']);
    expect([...storage.pools.keys()]).toEqual(['guests']);
  });

  it('are not made in a pool that somebody stopped', async () => {
    const storage = new SimulatedStorage();
    storage.addPool('guests', directory, false);
    const { failure, report } = await run(storage, { fate: 'remove' });
    expect(failure).toMatchObject({
      code: 'storage.pool',
      remedy: expect.stringContaining('guests') as string,
    });
    expect(storage.calls).toEqual([]);
    expect(report).toBeUndefined();
  });

  it('are removed when the guest stayed, with the pool that this takes', async () => {
    const storage = new SimulatedStorage();
    const { report } = await run(storage, { copies: [copyOf('vda'), copyOf('vdb')], fate: 'remove' });
    expect(storage.files.size + storage.pools.size).toBe(0);
    expect(report?.removed).toEqual([path, `${directory}/vdb.qcow2`]);
  });

  it('are left alone where somebody was faster', async () => {
    const storage = new SimulatedStorage();
    storage.files.set(path, 'somebody');
    const { failure, report } = await run(storage, { fate: 'remove' });
    expect(failure).toMatchObject({ message: expect.stringContaining('exists already') as string });
    expect(storage.files.get(path)).toBe('somebody');
    expect(report).toBeUndefined();
  });

  it('are told and left where it is not known who made them', async () => {
    const storage = new SimulatedStorage();
    storage.faults = [{ at: 'createVolume', how: 'lost after' }];
    const { report } = await run(storage, { fate: 'remove' });
    expect(storage.files.has(path)).toBe(true);
    expect(report?.left).toEqual([{ path, why: expect.stringContaining('somebody else') as string }]);
  });

  it('are no leftover where the lost answer would have been a refusal', async () => {
    const storage = new SimulatedStorage();
    storage.faults = [{ at: 'createVolume', how: 'lost before' }];
    const { report } = await run(storage, { fate: 'remove' });
    expect(report).toBeUndefined();
    expect(storage.pools.size).toBe(0);
  });

  it('are waited for until the host answers again', async () => {
    const storage = new SimulatedStorage();
    const { report } = await run(storage, { fate: 'remove', meanwhile: () => (storage.unreachable = 5) });
    expect(report?.removed).toEqual([path]);
    expect(storage.files.size).toBe(0);
  });

  it('are told when the host does not come back', async () => {
    const storage = new SimulatedStorage();
    const { report } = await run(storage, { fate: 'remove', meanwhile: () => (storage.unreachable = 1e6) });
    expect(report?.left).toEqual([{ path, why: 'connection refused' }]);
  });

  it.each<[string, () => Promise<boolean>]>([
    ['the destination has the guest', () => Promise.resolve(true)],
    ['the destination cannot be asked for the guest', () => Promise.reject(new Error('no answer'))],
  ])('stay while %s', async (_why, guestIsThere) => {
    const storage = new SimulatedStorage();
    const { report } = await run(storage, { fate: 'remove', guestIsThere });
    expect(storage.files.has(path)).toBe(true);
    expect(storage.calls).not.toContain('deleteVolume');
    expect(report?.left).toHaveLength(1);
  });

  it('stay while nobody knows where the guest runs', async () => {
    const storage = new SimulatedStorage();
    const { report } = await run(storage, { fate: 'leave' });
    expect(storage.calls).not.toContain('deleteVolume');
    expect(report?.left).toHaveLength(1);
  });

  it('never outlive a failure unsaid, and never take another’s file with them', async () => {
    const fault = fc.record<StorageFault>({
      at: fc.constantFrom('startPool', 'stopPool', 'createVolume', 'deleteVolume'),
      how: fc.constantFrom('refused', 'lost before', 'lost after'),
    });
    const disk = fc.constantFrom('vda', 'vdb', 'vdc');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fault, { maxLength: 4 }),
        fc.uniqueArray(disk, { minLength: 1 }),
        fc.option(disk),
        fc.constantFrom<VolumeFate>('keep', 'remove', 'leave'),
        async (faults, disks, foreign, fate) => {
          const storage = new SimulatedStorage();
          storage.addPool('others', '/srv/others');
          storage.faults = [...faults];
          if (foreign !== null) storage.files.set(`${directory}/${foreign}.qcow2`, 'somebody');
          const { failure, report } = await run(storage, {
            copies: disks.map((target) => copyOf(target)),
            fate: fate === 'keep' && faults.length > 0 ? 'remove' : fate,
          });
          const told = [...(report?.kept ?? []), ...(report?.left ?? []).map(({ path: file }) => file)];
          for (const [file, maker] of storage.files) {
            if (maker === 'viaduct') expect(told).toContain(file);
          }
          if (foreign !== null) expect(storage.files.get(`${directory}/${foreign}.qcow2`)).toBe('somebody');
          for (const [name] of storage.pools) {
            if (name !== 'others') expect(told.join()).toContain(name);
          }
          if (faults.length === 0 && foreign === null) expect(failure).toBeUndefined();
        },
      ),
    );
  });
});

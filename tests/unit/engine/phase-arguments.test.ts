import { describe, expect, test } from 'vitest';
import type { PlanOptions } from '../../../electron/engine/plan.ts';
import { phaseFlags } from '../../../electron/engine/run/flags.ts';
import { phaseParameters } from '../../../electron/engine/run/parameters.ts';
import { migrateFlags } from '../../../electron/libvirt/index.ts';
import { planFor } from './migration-plan.ts';

const now = { changeProtection: true, guestIsPaused: false };

/** The names of the flags that a call of that side has. */
function flagsOf(side: 'source' | 'destination', options: Partial<PlanOptions>, disks: string[] = []) {
  const flags = phaseFlags(planFor(options, { disks }), now)[side];
  return Object.entries(migrateFlags)
    .filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => name);
}

const parametersOf = (options: Partial<PlanOptions>, disks: string[] = []) =>
  phaseParameters(planFor(options, { disks })).map(({ field, value }) => `${field}=${String(value)}`);

describe('the flags of a run', () => {
  const usual = ['live', 'persistDest', 'undefineSource'];
  test.each<[Partial<PlanOptions>, string[], string[]]>([
    [{}, [], ['tls']],
    [{ mode: 'plain' }, [], []],
    [{ mode: 'plain', control: 'p2p' }, [], ['peer2peer', 'paused']],
    [{ mode: 'plain', control: 'p2p', unattended: true }, [], ['peer2peer']],
    [{ mode: 'plain', control: 'p2p', postCopy: true }, [], ['peer2peer', 'postcopy']],
    [{ disks: 'copy' }, ['vda'], ['nonSharedDisk', 'tls']],
    [{ disks: 'copy' }, [], ['tls']],
    [{ disks: 'incremental' }, ['vda'], ['nonSharedInc', 'tls']],
    [{ parallel: 4, compress: 'zstd' }, [], ['compressed', 'tls', 'parallel']],
    [{ postCopy: true }, [], ['postcopy', 'tls']],
  ])('%j with disks %j', (options, disks, further) => {
    const flags = flagsOf('destination', options, disks);
    expect(new Set(flags)).toEqual(new Set([...usual, ...further]));
    // What only the source takes part in; in peer-to-peer its daemon sees to that by itself.
    const own = options.control === 'p2p' ? [] : ['changeProtection'];
    expect(new Set(flagsOf('source', options, disks))).toEqual(new Set([...flags, ...own]));
  });

  test('tell libvirt of storage that was proven to be shared, and of no other', () => {
    const flags = (storageProvenShared: boolean) =>
      phaseFlags({ ...planFor(), storageProvenShared }, now).source & migrateFlags.unsafe;
    expect(flags(true)).toBe(migrateFlags.unsafe);
    expect(flags(false)).toBe(0);
  });

  test('slow the guest down on the source alone', () => {
    expect(flagsOf('source', { autoConverge: true })).toContain('autoConverge');
    expect(flagsOf('destination', { autoConverge: true })).not.toContain('autoConverge');
  });
});

describe('the parameters of a run', () => {
  test.each<[Partial<PlanOptions>, string[], string[]]>([
    [{}, [], ['migrate_uri=tcp://beta.lab']],
    [
      { disks: 'incremental', bandwidthMiBps: 9 },
      ['vda', 'vdb'],
      ['migrate_uri=tcp://beta.lab', 'bandwidth=9', 'migrate_disks=vda', 'migrate_disks=vdb'],
    ],
    [
      // The name goes along: libvirt before 10.3.0 takes another for copied disks.
      { parallel: 4, compress: 'zlib' },
      [],
      [
        ...['migrate_uri=tcp://beta.lab', 'parallel.connections=4', 'compression=zlib'],
        'tls.destination=beta.lab',
      ],
    ],
    [{ rename: 'web02' }, [], ['migrate_uri=tcp://beta.lab', 'destination_name=web02']],
  ])('%j with disks %j', (options, disks, expected) => {
    expect(parametersOf(options, disks)).toEqual(expected);
  });

  test('name the guest as it is to be called, whatever it is called now', () => {
    const learned = { destinationName: 'web01' };
    const name = (options: Partial<PlanOptions>) =>
      phaseParameters(planFor(options), learned).find(({ field }) => field === 'destination_name')?.value;
    expect(name({})).toBe('web01');
    expect(name({ rename: 'web02' })).toBe('web02');
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { measuredDowntimeMs, readJobFigures } from '../../../electron/engine/progress/job-stats.ts';
import type { JobFigures } from '../../../electron/engine/progress/job-stats.ts';
import { advance, completed } from '../../../electron/engine/progress/progress.ts';
import type { ProgressMemory } from '../../../electron/engine/progress/progress.ts';

const mib = 2 ** 20;

const figures = (given: Partial<JobFigures> = {}): JobFigures => ({
  ...readJobFigures(new Map()),
  ...given,
});

const memory = (totalMiB: number, remainingMiB: number, processedMiB = totalMiB - remainingMiB) =>
  figures({
    memoryTotalBytes: totalMiB * mib,
    memoryRemainingBytes: remainingMiB * mib,
    memoryProcessedBytes: processedMiB * mib,
  });

function follow(samples: readonly (readonly [number, JobFigures])[]): ProgressMemory[] {
  let last: ProgressMemory | undefined;
  return samples.map(([atMs, sample]) => {
    last = advance(last, sample, atMs);
    return last;
  });
}

describe('reading job statistics', () => {
  test('takes numbers of every width and leaves out what is not one', () => {
    const stats = new Map<string, bigint | number | string | boolean>([
      ['time_elapsed', 1_500n],
      ['downtime', 300n],
      ['memory_total', 1_000n],
      ['memory_iteration', 3n],
      ['memory_dirty_rate', -1],
      ['disk_total', 'much'],
      ['disk_remaining', Number.NaN],
    ]);
    expect(readJobFigures(stats)).toMatchObject({
      elapsedMs: 1_500,
      downtimeMs: 300,
      memoryTotalBytes: 1_000,
      memoryIteration: 3,
      memoryDirtyRatePages: 0,
      memoryPageSizeBytes: 4_096,
      diskTotalBytes: 0,
      diskRemainingBytes: 0,
    });
  });

  test('prefers the downtime without the difference of the clocks', () => {
    expect(measuredDowntimeMs(new Map([['downtime', 900n]]))).toBe(900);
    expect(
      measuredDowntimeMs(
        new Map([
          ['downtime', 900n],
          ['downtime_net', 80n],
        ]),
      ),
    ).toBe(80);
    expect(measuredDowntimeMs(new Map())).toBeUndefined();
  });
});

describe('progress', () => {
  test('is the part of the memory that no longer has to be sent', () => {
    const percents = follow([
      [0, memory(1_000, 1_000)],
      [1_000, memory(1_000, 750)],
      [2_000, memory(1_000, 100)],
    ]).map(({ progress }) => progress.percent);
    expect(percents).toEqual([0, 25, 90]);
  });

  test('does not fall back when memory is written again', () => {
    const percents = follow([
      [0, memory(1_000, 100)],
      [1_000, memory(1_000, 600)],
    ]).map(({ progress }) => progress.percent);
    expect(percents).toEqual([90, 90]);
  });

  test('weighs disks first and keeps the last fifth for memory', () => {
    const disks = { diskTotalBytes: 100 * mib, diskRemainingBytes: 50 * mib };
    const percents = follow([
      [0, figures(disks)],
      [1_000, figures({ ...disks, diskRemainingBytes: 0 })],
      [2_000, { ...memory(1_000, 500), diskTotalBytes: 100 * mib, diskRemainingBytes: 0 }],
    ]).map(({ progress }) => progress.percent);
    expect(percents).toEqual([40, 80, 90]);
  });

  test('is 0, not broken, before there are any figures', () => {
    expect(advance(undefined, figures(), 0).progress).toMatchObject({
      percent: 0,
      expectedDowntimeMs: undefined,
    });
  });

  test('measures speed from samples and settles near a steady one', () => {
    const samples = Array.from(
      { length: 12 },
      (_, second) => [second * 1_000, memory(10_000, 0, second * 100)] as const,
    );
    const speeds = follow(samples).map(({ progress }) => progress.memory.bandwidthBps);
    expect(speeds[0]).toBe(0);
    expect(speeds.slice(1)).toEqual(Array.from({ length: 11 }, () => 100 * mib));
  });

  test('follows a change of speed within a few samples', () => {
    const steady = Array.from({ length: 5 }, (_, s) => [s * 1_000, memory(10_000, 0, s * 100)] as const);
    const still = Array.from({ length: 6 }, (_, s) => [(s + 5) * 1_000, memory(10_000, 0, 400)] as const);
    const speeds = follow([...steady, ...still]).map(({ progress }) => progress.memory.bandwidthBps);
    expect(speeds.at(-1)).toBeLessThan(5 * mib);
  });

  test('gives the dirty rate in bytes', () => {
    const { progress } = advance(
      undefined,
      figures({ memoryDirtyRatePages: 1_000, memoryPageSizeBytes: 4_096 }),
      0,
    );
    expect(progress.memory.dirtyRateBps).toBe(4_096_000);
  });

  test('is complete only when the migration is', () => {
    const last = advance(undefined, memory(1_000, 0), 0).progress;
    expect(last.percent).toBe(99);
    expect(completed(last)).toMatchObject({ percent: 100, memory: { remainingBytes: 0 } });
  });

  test('never falls, leaves 0 to 99, or shows a negative figure, whatever a host reports', () => {
    const amount = fc.nat(2 ** 31 - 1);
    const anyFigures = fc
      .record({
        memoryTotalBytes: amount,
        memoryRemainingBytes: amount,
        memoryProcessedBytes: amount,
        diskTotalBytes: amount,
        diskRemainingBytes: amount,
        diskProcessedBytes: amount,
        elapsedMs: amount,
      })
      .map(figures);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5_000), anyFigures), { minLength: 1 }), (samples) => {
        let atMs = 0;
        let last: ProgressMemory | undefined;
        for (const [stepMs, sample] of samples) {
          atMs += stepMs;
          const next = advance(last, sample, atMs);
          const { percent, memory: ram, disk } = next.progress;
          expect(percent).toBeGreaterThanOrEqual(last?.progress.percent ?? 0);
          expect(percent).toBeLessThanOrEqual(99);
          expect(Number.isFinite(ram.bandwidthBps) && ram.bandwidthBps >= 0).toBe(true);
          expect(Number.isFinite(disk.bandwidthBps) && disk.bandwidthBps >= 0).toBe(true);
          last = next;
        }
      }),
    );
  });
});

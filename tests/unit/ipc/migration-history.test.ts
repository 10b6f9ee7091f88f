import { expect, it } from 'vitest';
import type { MigrationProgress } from '../../../electron/engine/outcome.ts';
import { addSample } from '../../../electron/ipc/migrations/migration-history.ts';
import type { ProgressSample } from '../../../electron/ipc/views.ts';

function progressAt(elapsedMs: number): MigrationProgress {
  const transfer = { totalBytes: 100, processedBytes: 40, remainingBytes: 60, bandwidthBps: 7 };
  return {
    percent: 40,
    memory: { ...transfer, dirtyRateBps: 3, iteration: 2 },
    disk: transfer,
    elapsedMs,
    expectedDowntimeMs: undefined,
  };
}

it('a sample adds memory and disks together', () => {
  expect(addSample([], progressAt(5))).toEqual([
    { elapsedMs: 5, percent: 40, bandwidthBps: 14, dirtyRateBps: 3, remainingBytes: 120, iteration: 2 },
  ]);
});

it('a long run stays below 600 points, in order, with the first and the newest', () => {
  let samples: ProgressSample[] = [];
  for (let second = 0; second < 5000; second += 1) samples = addSample(samples, progressAt(second));
  expect(samples.length).toBeLessThan(600);
  expect(samples[0]?.elapsedMs).toBe(0);
  expect(samples.at(-1)?.elapsedMs).toBe(4999);
  const times = samples.map(({ elapsedMs }) => elapsedMs);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

import type { MigrationProgress } from '../../engine/outcome.ts';
import type { ProgressSample } from '../views.ts';

/** Beyond this every second point is dropped, so that a day's transfer still draws in one screen's width. */
const maxSamples = 600;

/** Appends a point of the chart; the newest one is never dropped. */
export function addSample(
  samples: readonly ProgressSample[],
  { percent, memory, disk, elapsedMs }: MigrationProgress,
): ProgressSample[] {
  const kept = samples.length < maxSamples - 1 ? samples : samples.filter((_, index) => index % 2 === 0);
  return [
    ...kept,
    {
      elapsedMs,
      percent,
      bandwidthBps: memory.bandwidthBps + disk.bandwidthBps,
      dirtyRateBps: memory.dirtyRateBps,
      remainingBytes: memory.remainingBytes + disk.remainingBytes,
      iteration: memory.iteration,
    },
  ];
}

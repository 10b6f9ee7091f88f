import type { MigrationProgress } from '../outcome.ts';

/** One point of the chart over time. */
export interface ProgressSample {
  elapsedMs: number;
  percent: number;
  bandwidthBps: number;
  dirtyRateBps: number;
  remainingBytes: number;
  iteration: number;
}

/** So many points are kept at most; a chart shows no more. */
export const maxSamples = 600;

export function sampleOf(progress: MigrationProgress): ProgressSample {
  const { memory, disk } = progress;
  return {
    elapsedMs: progress.elapsedMs,
    percent: progress.percent,
    bandwidthBps: memory.bandwidthBps + disk.bandwidthBps,
    dirtyRateBps: memory.dirtyRateBps,
    remainingBytes: memory.remainingBytes + disk.remainingBytes,
    iteration: memory.iteration,
  };
}

/** The samples with one more; when they would be too many, every second one is dropped, never the first or the last. */
export function withSample(samples: readonly ProgressSample[], next: ProgressSample): ProgressSample[] {
  const all = [...samples, next];
  if (all.length < maxSamples) return all;
  return all.filter((_, index) => index % 2 === 0 || index === all.length - 1);
}

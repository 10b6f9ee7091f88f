import type { MigrationProgress, TransferProgress } from '../outcome.ts';
import type { JobFigures } from './job-stats.ts';

/** What is kept from one sample to the next. Plain data. */
export interface ProgressMemory {
  progress: MigrationProgress;
  atMs: number;
  memory: Meter;
  disk: Meter;
}

interface Meter {
  processedBytes: number;
  bandwidthBps: number;
}

/** Weight of the newest speed: about 90 % of a change shows after four samples. */
const smoothing = 0.45;
/** While data still moves nothing is complete, whatever the estimates say. */
const highestWhileRunning = 99;

/**
 * What to show from the source's job statistics, read at `atMs`.
 *
 * The percentage is that of the bytes still to go, disks first, then memory; it never falls although memory is
 * written again and again. Speed is computed from samples, because the daemon's own is a lagging average.
 */
export function advance(
  previous: ProgressMemory | undefined,
  figures: JobFigures,
  atMs: number,
): ProgressMemory {
  const elapsed = previous === undefined ? 0 : atMs - previous.atMs;
  const memory = measure(previous?.memory, figures.memoryProcessedBytes, elapsed);
  const disk = measure(previous?.disk, figures.diskProcessedBytes, elapsed);
  const percent = Math.max(previous?.progress.percent ?? 0, percentOf(figures));
  return {
    atMs,
    memory,
    disk,
    progress: {
      percent,
      memory: {
        ...transfer(figures.memoryTotalBytes, figures.memoryRemainingBytes, memory),
        dirtyRateBps: figures.memoryDirtyRatePages * figures.memoryPageSizeBytes,
        iteration: figures.memoryIteration,
      },
      disk: transfer(figures.diskTotalBytes, figures.diskRemainingBytes, disk),
      elapsedMs: Math.max(previous?.progress.elapsedMs ?? 0, figures.elapsedMs),
      expectedDowntimeMs: figures.downtimeMs,
    },
  };
}

/** The last picture of a migration that succeeded. */
export function completed(progress: MigrationProgress): MigrationProgress {
  return {
    ...progress,
    percent: 100,
    memory: { ...progress.memory, remainingBytes: 0 },
    disk: { ...progress.disk, remainingBytes: 0 },
  };
}

function transfer(totalBytes: number, remainingBytes: number, meter: Meter): TransferProgress {
  return {
    totalBytes,
    processedBytes: meter.processedBytes,
    remainingBytes,
    bandwidthBps: Math.round(meter.bandwidthBps),
  };
}

function measure(previous: Meter | undefined, processedBytes: number, elapsedMs: number): Meter {
  if (previous === undefined) return { processedBytes, bandwidthBps: 0 };
  if (elapsedMs <= 0) return previous;
  const moved = Math.max(0, processedBytes - previous.processedBytes);
  const current = (moved * 1000) / elapsedMs;
  const first = previous.bandwidthBps === 0;
  return {
    processedBytes: Math.max(processedBytes, previous.processedBytes),
    bandwidthBps: first ? current : previous.bandwidthBps + smoothing * (current - previous.bandwidthBps),
  };
}

/**
 * Memory figures are 0 during the copy of disks, so its share is unknown until then; while disks are copied their
 * share is taken as all but the last fifth.
 */
function percentOf(figures: JobFigures): number {
  const { diskTotalBytes, diskRemainingBytes, memoryTotalBytes, memoryRemainingBytes } = figures;
  const diskPart = done(diskTotalBytes, diskRemainingBytes);
  const memoryPart = done(memoryTotalBytes, memoryRemainingBytes);
  const diskWeight = diskTotalBytes > 0 ? 0.8 : 0;
  const part = diskPart * diskWeight + memoryPart * (1 - diskWeight);
  return Math.min(highestWhileRunning, Math.floor(part * 1000) / 10);
}

function done(totalBytes: number, remainingBytes: number): number {
  if (totalBytes <= 0) return 0;
  return Math.min(1, Math.max(0, 1 - remainingBytes / totalBytes));
}

import type { MigrationProgress, PlanOptions, Stall, TuningChoices } from '../../electron/ipc/views.ts';
import { bytes } from './quantity.ts';
import { countdown, duration } from './time.ts';

export type Remedy =
  | { does: 'tune'; label: string; change: { bandwidthMiBps?: null; maxDowntimeMs?: number } }
  | { does: 'post-copy'; label: string };

export interface Convergence {
  kind: 'starting' | 'copying' | 'converging' | 'not converging' | 'stalled' | 'switching' | 'post-copy';
  sentence: string;
  /** What would help beside `remedies`; empty unless it does not converge. */
  options: string[];
  /** What can be done about it at once. */
  remedies: Remedy[];
  /** Until the copy is done; `undefined` where nobody can tell. */
  leftMs: number | undefined;
}

/** A guest that dirties memory faster than this share of the transfer rate leaves no room to catch up. */
const hopeless = 0.95;
/** What QEMU takes as the longest pause. */
const longestPauseMs = 2_000_000;
const nothingToDo = { options: [], remedies: [] };

function optionsFor(options: PlanOptions): string[] {
  const throttled = options.autoConverge
    ? []
    : ['cancel and move again with the guest slowed down as needed'];
  return [...throttled, 'wait for a quieter time'];
}

function remediesFor(
  { expectedDowntimeMs = 1_000 }: MigrationProgress,
  { bandwidthMiBps }: PlanOptions,
  tuning: TuningChoices,
): Remedy[] {
  const remedies: Remedy[] = [];
  if (bandwidthMiBps !== undefined && tuning.bandwidth.possible) {
    const label = `Lift the limit of ${bandwidthMiBps} MiB/s`;
    remedies.push({ does: 'tune', label, change: { bandwidthMiBps: null } });
  }
  const maxDowntimeMs = Math.max(1, Math.ceil(expectedDowntimeMs / 1_000)) * 1_000;
  if (tuning.maxDowntime.possible && maxDowntimeMs <= longestPauseMs) {
    const label = `Allow a pause of ${duration(maxDowntimeMs)}`;
    remedies.push({ does: 'tune', label, change: { maxDowntimeMs } });
  }
  if (tuning.postCopy.possible) remedies.push({ does: 'post-copy', label: 'Switch to post-copy' });
  return remedies;
}

function stalledFor({ what, forMs }: Stall): Convergence {
  const since = `for ${duration(Math.floor(forMs / 1000) * 1000)}`;
  return {
    kind: 'stalled',
    sentence:
      what === 'data'
        ? `Stalled: nothing has gone from the source to the destination ${since}.`
        : `Stalled: the source has not answered ${since}.`,
    options: [
      what === 'data' ? 'check the network between the two hosts' : 'check the source and the way to it',
      'wait: it goes on by itself once that is mended',
      'cancel',
    ],
    remedies: [],
    leftMs: undefined,
  };
}

/**
 * Whether the copy will come to an end, from the newest figures. In the first pass all memory is copied once, and
 * what the guest writes meanwhile is sent again, so that the time left is what remains divided by the difference of
 * both rates.
 */
export function judgeConvergence(
  progress: MigrationProgress | undefined,
  options: PlanOptions,
  tuning: TuningChoices,
): Convergence {
  if (!progress || progress.memory.totalBytes === 0) {
    return {
      kind: 'starting',
      sentence: 'Waiting for the first figures from the source.',
      ...nothingToDo,
      leftMs: undefined,
    };
  }
  const { memory, disk } = progress;
  const remaining = memory.remainingBytes + disk.remainingBytes;
  const sent = memory.bandwidthBps + disk.bandwidthBps;
  if (progress.stalled !== undefined) return stalledFor(progress.stalled);
  if (progress.postCopyRequests !== undefined) {
    return {
      kind: 'post-copy',
      sentence: `Post-copy: the guest runs on the destination; ${bytes(remaining)} of its memory still follow.`,
      ...nothingToDo,
      leftMs: sent === 0 ? undefined : (remaining / sent) * 1000,
    };
  }
  if (remaining === 0) {
    return { kind: 'switching', sentence: 'All copied; switching over.', ...nothingToDo, leftMs: 0 };
  }
  if (sent === 0) {
    return {
      kind: 'copying',
      sentence: 'Copying; no rate measured yet.',
      ...nothingToDo,
      leftMs: undefined,
    };
  }
  if (memory.dirtyRateBps >= sent * hopeless && memory.iteration > 1) {
    return {
      kind: 'not converging',
      sentence: 'Not converging: the guest writes faster than the link carries.',
      options: optionsFor(options),
      remedies: remediesFor(progress, options, tuning),
      leftMs: undefined,
    };
  }
  const leftMs = (remaining / Math.max(sent - memory.dirtyRateBps, sent * (1 - hopeless))) * 1000;
  if (memory.iteration <= 1) {
    return {
      kind: 'copying',
      sentence: `First pass over all memory: about ${countdown(leftMs)} left.`,
      ...nothingToDo,
      leftMs,
    };
  }
  return {
    kind: 'converging',
    sentence: `Converging: about ${countdown(leftMs)} left.`,
    ...nothingToDo,
    leftMs,
  };
}

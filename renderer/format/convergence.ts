import type { MigrationProgress, PlanOptions } from '../../electron/ipc/views.ts';
import { countdown } from './time.ts';

export interface Convergence {
  kind: 'starting' | 'copying' | 'converging' | 'not converging' | 'switching';
  sentence: string;
  /** What would help; empty unless it does not converge. */
  options: string[];
  /** Until the copy is done; `undefined` where nobody can tell. */
  leftMs: number | undefined;
}

/** A guest that dirties memory faster than this share of the transfer rate leaves no room to catch up. */
const hopeless = 0.95;

function remedies(options: PlanOptions): string[] {
  const list: string[] = [];
  if (options.bandwidthMiBps !== undefined) {
    list.push(`cancel and raise the limit of ${options.bandwidthMiBps} MiB/s`);
  }
  if (!options.autoConverge) list.push('cancel and move again with the guest slowed down as needed');
  list.push('cancel and allow a longer pause', 'wait for a quieter time');
  return list;
}

/**
 * Whether the copy will come to an end, from the newest figures. In the first pass all memory is copied once, and
 * what the guest writes meanwhile is sent again, so that the time left is what remains divided by the difference of
 * both rates.
 */
export function judgeConvergence(progress: MigrationProgress | undefined, options: PlanOptions): Convergence {
  if (!progress || progress.memory.totalBytes === 0) {
    return {
      kind: 'starting',
      sentence: 'Waiting for the first figures from the source.',
      options: [],
      leftMs: undefined,
    };
  }
  const { memory, disk } = progress;
  const remaining = memory.remainingBytes + disk.remainingBytes;
  const sent = memory.bandwidthBps + disk.bandwidthBps;
  if (remaining === 0) {
    return { kind: 'switching', sentence: 'All copied; switching over.', options: [], leftMs: 0 };
  }
  if (sent === 0) {
    return {
      kind: 'copying',
      sentence: 'Copying; no rate measured yet.',
      options: [],
      leftMs: undefined,
    };
  }
  if (memory.dirtyRateBps >= sent * hopeless && memory.iteration > 1) {
    return {
      kind: 'not converging',
      sentence: 'Not converging: the guest writes faster than the link carries.',
      options: remedies(options),
      leftMs: undefined,
    };
  }
  const leftMs = (remaining / Math.max(sent - memory.dirtyRateBps, sent * (1 - hopeless))) * 1000;
  if (memory.iteration <= 1) {
    return {
      kind: 'copying',
      sentence: `First pass over all memory: about ${countdown(leftMs)} left.`,
      options: [],
      leftMs,
    };
  }
  return {
    kind: 'converging',
    sentence: `Converging: about ${countdown(leftMs)} left.`,
    options: [],
    leftMs,
  };
}

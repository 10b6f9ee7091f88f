import type { Side } from '../common/errors.ts';
import type { Control } from './control.ts';
import type { Hop } from './hop.ts';
import type { Mode } from './plan.ts';
import type { Stall } from './progress/stall.ts';
import type { StorageReport } from './storage/made-storage.ts';

/** `preflight` precedes libvirt's five and touches nothing. */
export const phases = ['begin', 'prepare', 'perform', 'finish', 'confirm'] as const;
export type Phase = (typeof phases)[number];

export interface TransferProgress {
  totalBytes: number;
  processedBytes: number;
  remainingBytes: number;
  bandwidthBps: number;
}

export interface MigrationProgress {
  /** 0 to 100, never falling. */
  percent: number;
  memory: TransferProgress & { dirtyRateBps: number; iteration: number };
  disk: TransferProgress;
  elapsedMs: number;
  /** `undefined` until QEMU has an estimate. */
  expectedDowntimeMs: number | undefined;
  /** Set once the guest runs in post-copy: how often it waited for memory that was still on the source. */
  postCopyRequests?: number;
  /** Set while nothing moves. The other figures are then the last that were had. */
  stalled?: Stall;
}

export interface OutcomeError {
  code: string;
  side: Side;
  phase: Phase | 'preflight';
  message: string;
  remedy: string;
  /** See `Fault`. */
  cause?: string;
  hop?: Hop;
}

/** How a migration ended, and where the guest runs now: the last word, exactly one for each run. */
export interface MigrationResult {
  outcome: 'migrated' | 'failed' | 'cancelled' | 'refused' | 'stuck';
  guest: string;
  uuid: string;
  source: string;
  destination: string;
  mode: Mode;
  control: Control;
  runningOn: 'source' | 'destination' | 'unknown';
  totalMs: number;
  /** Measured by the hosts at switchover; `null` where there was none, or no figure could be had. */
  downtimeMs: number | null;
  /** Set where the guest ran on the destination before all of its memory was there. */
  postCopy?: true;
  /** Set where the definition of a guest that is shut off moved: `runningOn` is then the host that has it. */
  offline?: true;
  /** What the job made on the destination for copied disks; absent where it made nothing. */
  storage?: StorageReport;
  error?: OutcomeError;
  /** What others, or the guest itself, did to the guest on the source while it moved, a sentence each. */
  acts?: string[];
  /**
   * Set where the guest is on the source, and the destination could not be asked whether it dropped what this run had
   * prepared: its journal stays open, and the next look at both hosts clears up.
   */
  leftover?: true;
  /** Something other than the guest that this run put on a host and could not take away again. */
  leftBehind?: Pick<OutcomeError, 'side' | 'message' | 'remedy'>;
  /** Why the journal ends before the run did; what could not be written down was not begun, only undone or ended. */
  journalProblem?: Pick<OutcomeError, 'message' | 'remedy'>;
}

/** Whether nothing is left to find out or to clear up, so that the journal of the run can be closed. */
export function isSettled({ outcome, leftover }: Pick<MigrationResult, 'outcome' | 'leftover'>): boolean {
  return outcome !== 'stuck' && leftover === undefined;
}

import type { Side } from '../common/errors.ts';
import type { DataStream } from '../engine/data-stream.ts';
import type { Finding } from '../engine/finding.ts';
import type { MigrationProgress, MigrationResult, Phase } from '../engine/outcome.ts';
import type { PhaseTime } from '../engine/progress/phase-times.ts';

/** The two moves of a rehearsal. */
export type Way = 'there' | 'back';

/** Why it did not go on, in words. */
export interface RehearsalProblem {
  code: string;
  message: string;
  /** What to do next. */
  remedy: string;
  side: Side;
}

/** One of the two moves. A direction that was never begun is not among a rehearsal's directions. */
export interface RehearsalDirection {
  way: Way;
  /** Names of the hosts. */
  from: string;
  to: string;
  /** `undefined` until it has ended. */
  outcome: MigrationResult['outcome'] | undefined;
  /** Of the migration alone, without its checks; 0 where nothing was moved. */
  totalMs: number;
  /** Measured by the hosts; `null` where there was none, or no figure could be had. */
  downtimeMs: number | null;
  phases: PhaseTime[];
  /** What was encrypted, and how that is known. Empty until the checks are done. */
  streams: DataStream[];
  /** What the checks found that needs a look: warnings, errors, and what could not be checked. */
  findings: Finding[];
  /** Its `side` is that of this direction: `source` is `from`. */
  problem: RehearsalProblem | undefined;
}

/**
 * `passed`: the guest went there and back. `refused`: the checks of a direction forbid its move, or the hosts have
 * nothing in common; nothing of the admin's was touched, as ever.
 */
export type RehearsalOutcome = 'passed' | 'refused' | 'failed' | 'cancelled';

/** A rehearsal under way or ended, as it is shown. */
export interface RehearsalSnapshot {
  /** Names of the hosts. */
  source: string;
  destination: string;
  state: 'preparing' | Way | 'clearing' | 'ended';
  /** What it does now, or how it ended. */
  sentence: string;
  /** 0 to 100, never falling. */
  percent: number;
  /** The throw-away guest; `undefined` until it is started. */
  guest: string | undefined;
  directions: RehearsalDirection[];
  /** Set exactly when `state` is `ended`. */
  outcome: RehearsalOutcome | undefined;
  /** What kept it from passing. Its `side` is that of the whole rehearsal, whichever way it happened on. */
  problem: RehearsalProblem | undefined;
  /** Sentences: which guest may be left where, each with the command that removes it. Usually empty. */
  leftovers: string[];
}

/** What happens in a direction, one by one. */
export type RehearsalEvent =
  | { type: 'check'; way: Way; finding: Finding }
  | { type: 'stream'; way: Way; stream: DataStream }
  | { type: 'phase'; way: Way; phase: Phase; state: 'begin' | 'end' }
  | { type: 'progress'; way: Way; progress: MigrationProgress };

import type { Control } from '../control.ts';
import type { Fault, StopReason } from '../fault.ts';
import type { ForwardCall, CancelCall, RecoveryAction } from './migration-event.ts';
import type { Truth } from './truth.ts';

/** `unknown`: the call was or may have been made and no reply came. `refused`: the daemon answered with an error. */
export type CallOutcome = 'not made' | 'unknown' | 'done' | 'refused';
export type CallRecord = Record<ForwardCall | CancelCall, CallOutcome>;

/** What is fixed for the run or learned on its way, and needed to turn back. */
export interface Course {
  control: Control;
  /** Begin opened a job on the source that Confirm has to end. */
  changeProtection: boolean;
  /** The admin had paused the guest: it is never resumed by us, on neither host. */
  guestWasPaused: boolean;
  undefineSource: boolean;
  /**
   * Peer-to-peer: the destination's daemon leaves the guest paused, and it is set going there once it can run nowhere
   * else. A daemon that loses the reply to Finish lets the source go on (libvirt's qemuMigrationSrcPerformPeer2Peer3).
   */
  startsByUs: boolean;
  /** Finish keeps the guest's definition on the destination, also where it fails after that. */
  definesDestination: boolean;
  /** The guest is shut off and its definition alone moves: there is no Perform, and no memory anywhere. */
  offline: boolean;
  /** The destination had a definition of the guest before: that one is there now does not show that it came over. */
  definedBefore: boolean;
  /**
   * Peer-to-peer: the source was told to switch to post-copy, and may have. Neither host has the whole guest then, so
   * nothing is aborted or discarded.
   */
  switched: boolean;
}

interface Underway {
  course: Course;
  sourceLost: boolean;
  destinationLost: boolean;
}

export type DueKind = 'planned' | 'begun' | 'prepared' | 'performed' | 'finished';
export type InFlightKind = 'beginning' | 'preparing' | 'performing' | 'finishing' | 'confirming';

/** A call of the good path is the next thing to do. */
export type DueState = Underway & { kind: DueKind };
/** A call of the good path was made and has not answered. `stop` is set when the run turns back at its reply. */
export type InFlightState = Underway & { kind: InFlightKind; stop: StopReason | null };

/**
 * Peer-to-peer: the source's daemon was told to move the guest, and goes on doing that whatever becomes of the
 * connection. `stop` is set when it is to be told to abort; `unanswered` once no reply can come any more.
 */
export type MovingState = Underway & {
  kind: 'moving';
  stop: StopReason | null;
  unanswered: Fault | null;
  last: Truth | null;
};

interface TurnedBack extends Underway {
  calls: CallRecord;
  reason: StopReason;
}

/** Finish(cancelled) on the destination; `sent` once its intent is recorded. */
export type StoppingDestination = TurnedBack & { kind: 'stopping-destination'; sent: boolean };
/** Confirm(cancelled) on the source. */
export type ReleasingSource = TurnedBack & { kind: 'releasing-source'; sent: boolean };
/** Both hosts are asked for the guest's state; nothing is changed before they answered. */
export type Looking = TurnedBack & { kind: 'looking'; last: Truth | null; actionsTaken: number };
/** The one action that the answers allow. */
export type Settling = TurnedBack & {
  kind: 'settling';
  action: RecoveryAction;
  sent: boolean;
  actionsTaken: number;
};

export type UnwindingState = StoppingDestination | ReleasingSource | Looking | Settling;

/** Why a person has to look. */
export type StuckSituation =
  | 'outcome unknown'
  | 'runs on both'
  | 'runs on neither'
  | 'source copy left'
  /** It has arrived whole, and could not be set going there. */
  | 'waits on destination'
  /** The way for memory broke after the switch: part of it is on either host. */
  | 'post-copy failed'
  | 'state not understood';

export type EndState =
  /** The guest runs on the destination; the source keeps nothing, or its definition where that was asked for. */
  | { kind: 'migrated' }
  /** The guest is on the source. */
  | { kind: 'failed'; fault: Fault; leftover: boolean }
  /** The guest is on the source. */
  | { kind: 'cancelled'; fault: Fault | null; leftover: boolean }
  | {
      kind: 'stuck';
      situation: StuckSituation;
      runningOn: 'destination' | 'unknown';
      reason: StopReason;
      truth: Truth | null;
    };

/**
 * Where a migration stands. Plain data: a journal can hold it, and replaying the events gives it again.
 *
 * ```
 * planned ─ beginning ─ begun ─ preparing ─ prepared ─ performing ─ performed ─ finishing ─ finished ─ confirming ─ migrated
 *              │          │         │          │           │            │           │           │           │
 *            failed       └─────────┴────┬─────┴───────────┴────────────┘           └─────┬─────┴───────────┘
 *           cancelled                    │                                                │
 *                            stopping-destination ─ releasing-source ──────────────── looking ⇄ settling
 *                                                                                         │
 *                                                           migrated, failed, cancelled or stuck
 * ```
 *
 * A peer-to-peer migration goes from `planned` to `moving`, and from there to `looking` in any case: what its one
 * call answers, or that it answers nothing, is never taken for the truth about the guest.
 *
 * Before `finishing` the destination cannot run the guest, because only Finish starts it: the run may turn back by
 * itself. From `finishing` on, nothing is undone before the destination was asked.
 *
 * An offline migration goes from `prepared` to `finishing`: there is nothing to copy.
 */
export type MigrationState = DueState | InFlightState | MovingState | UnwindingState | EndState;

export function isEnd(state: MigrationState): state is EndState {
  return (
    state.kind === 'migrated' ||
    state.kind === 'failed' ||
    state.kind === 'cancelled' ||
    state.kind === 'stuck'
  );
}

/** The guest is on the source, and something of it may be on the destination as well. */
export function hasLeftover(state: MigrationState): boolean {
  return (state.kind === 'failed' || state.kind === 'cancelled') && state.leftover;
}

/** The source's daemon is at work on the guest's memory and disks. */
export function isCopying(
  state: MigrationState,
): state is MovingState | (InFlightState & { kind: 'performing' }) {
  return state.kind === 'performing' || state.kind === 'moving';
}

/** The state before anything was asked of any host. */
export function initialState(
  course: Pick<Course, 'control' | 'changeProtection' | 'undefineSource'> & Partial<Course>,
): DueState {
  return {
    kind: 'planned',
    course: {
      ...{ guestWasPaused: false, offline: false, startsByUs: false, definesDestination: false },
      ...{ definedBefore: false, switched: false, ...course },
    },
    sourceLost: false,
    destinationLost: false,
  };
}

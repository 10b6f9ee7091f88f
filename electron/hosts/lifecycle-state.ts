import {
  domainStates,
  lifecycleDetails,
  lifecycleEvents,
  pausedReasons,
  runningReasons,
  shutoffReasons,
} from '../libvirt/index.ts';

export interface StateAndReason {
  readonly state: number;
  readonly reason: number;
}

const crashedPanicked = 1;

/** `virDomainEvent*DetailType` to the reason that the guest's state then has; where it is not told, 0 stands. */
const runningAfterStart: Readonly<Record<number, number>> = {
  [lifecycleDetails.started.booted]: runningReasons.booted,
  [lifecycleDetails.started.migrated]: runningReasons.migrated,
  [lifecycleDetails.started.restored]: runningReasons.restored,
  [lifecycleDetails.started.fromSnapshot]: runningReasons.fromSnapshot,
  [lifecycleDetails.started.wakeup]: runningReasons.wakeup,
};

const runningAfterResume: Readonly<Record<number, number>> = {
  [lifecycleDetails.resumed.unpaused]: runningReasons.unpaused,
  [lifecycleDetails.resumed.migrated]: runningReasons.migrated,
  [lifecycleDetails.resumed.fromSnapshot]: runningReasons.fromSnapshot,
  [lifecycleDetails.resumed.postcopy]: runningReasons.postcopy,
  [lifecycleDetails.resumed.postcopyFailed]: runningReasons.postcopyFailed,
};

const pausedAfterSuspend: Readonly<Record<number, number>> = {
  [lifecycleDetails.suspended.paused]: pausedReasons.user,
  [lifecycleDetails.suspended.migrated]: pausedReasons.migration,
  [lifecycleDetails.suspended.ioError]: pausedReasons.ioError,
  [lifecycleDetails.suspended.watchdog]: pausedReasons.watchdog,
  [lifecycleDetails.suspended.fromSnapshot]: pausedReasons.fromSnapshot,
  [lifecycleDetails.suspended.apiError]: pausedReasons.apiError,
  [lifecycleDetails.suspended.postcopy]: pausedReasons.postcopy,
  [lifecycleDetails.suspended.postcopyFailed]: pausedReasons.postcopyFailed,
};

const shutoffAfterStop: Readonly<Record<number, number>> = {
  [lifecycleDetails.stopped.shutdown]: shutoffReasons.shutdown,
  [lifecycleDetails.stopped.destroyed]: shutoffReasons.destroyed,
  [lifecycleDetails.stopped.crashed]: shutoffReasons.crashed,
  [lifecycleDetails.stopped.migrated]: shutoffReasons.migrated,
  [lifecycleDetails.stopped.saved]: shutoffReasons.saved,
  [lifecycleDetails.stopped.failed]: shutoffReasons.failed,
  [lifecycleDetails.stopped.fromSnapshot]: shutoffReasons.fromSnapshot,
};

/** The state that a guest is in after a lifecycle event; `undefined` for events that say nothing of it. */
export function stateAfter(event: number, detail: number): StateAndReason | undefined {
  switch (event) {
    case lifecycleEvents.started:
      return { state: domainStates.running, reason: runningAfterStart[detail] ?? 0 };
    case lifecycleEvents.suspended:
      return { state: domainStates.paused, reason: pausedAfterSuspend[detail] ?? 0 };
    case lifecycleEvents.resumed:
      return { state: domainStates.running, reason: runningAfterResume[detail] ?? 0 };
    case lifecycleEvents.stopped:
      return { state: domainStates.shutoff, reason: shutoffAfterStop[detail] ?? 0 };
    case lifecycleEvents.shutdown:
      return { state: domainStates.shutdown, reason: 0 };
    case lifecycleEvents.pmSuspended:
      return { state: domainStates.pmSuspended, reason: 0 };
    case lifecycleEvents.crashed:
      // A guest whose kernel dumps itself after a panic goes on.
      return detail === lifecycleDetails.crashed.panicked
        ? { state: domainStates.crashed, reason: crashedPanicked }
        : undefined;
    default:
      return undefined;
  }
}

/** `virDomainState`. */
export const domainStates = {
  noState: 0,
  running: 1,
  blocked: 2,
  paused: 3,
  shutdown: 4,
  shutoff: 5,
  crashed: 6,
  pmSuspended: 7,
} as const;

export type DomainState = (typeof domainStates)[keyof typeof domainStates];

/** `virDomainRunningReason`. */
export const runningReasons = {
  unknown: 0,
  booted: 1,
  migrated: 2,
  restored: 3,
  fromSnapshot: 4,
  unpaused: 5,
  migrationCancelled: 6,
  saveCancelled: 7,
  wakeup: 8,
  crashed: 9,
  postcopy: 10,
  postcopyFailed: 11,
} as const;

/** `virDomainPausedReason`. */
export const pausedReasons = {
  unknown: 0,
  user: 1,
  migration: 2,
  save: 3,
  dump: 4,
  ioError: 5,
  watchdog: 6,
  fromSnapshot: 7,
  shuttingDown: 8,
  snapshot: 9,
  crashed: 10,
  startingUp: 11,
  postcopy: 12,
  postcopyFailed: 13,
  apiError: 14,
} as const;

/** `virDomainShutoffReason`. */
export const shutoffReasons = {
  unknown: 0,
  shutdown: 1,
  destroyed: 2,
  crashed: 3,
  migrated: 4,
  saved: 5,
  failed: 6,
  fromSnapshot: 7,
  daemon: 8,
} as const;

const stateWords: Readonly<Record<number, string>> = {
  0: 'no state',
  1: 'running',
  2: 'blocked',
  3: 'paused',
  4: 'shutting down',
  5: 'shut off',
  6: 'crashed',
  7: 'suspended',
};

const reasonWords: Readonly<Record<number, readonly (string | undefined)[]>> = {
  1: [
    undefined,
    'booted',
    'migrated here',
    'restored',
    'from a snapshot',
    'unpaused',
    'migration cancelled',
    'save cancelled',
    'woken up',
    'crashed',
    'post-copy',
    'post-copy failed',
  ],
  3: [
    undefined,
    'by a user',
    'for migration',
    'for saving',
    'for a dump',
    'I/O error',
    'watchdog',
    'from a snapshot',
    'shutting down',
    'for a snapshot',
    'crashed',
    'starting up',
    'post-copy',
    'post-copy failed',
    'API error',
  ],
  4: [undefined, 'by a user'],
  5: [
    undefined,
    'shut down',
    'destroyed',
    'crashed',
    'migrated away',
    'saved',
    'failed to start',
    'from a snapshot',
    'daemon restart',
  ],
  6: [undefined, 'guest panicked'],
};

/** A state with its reason in words: `paused (for migration)`. Numbers that newer daemons added are named as such. */
export function describeDomainState(state: number, reason = 0): string {
  const word = stateWords[state] ?? `state ${state}`;
  const reasons = reasonWords[state];
  const known = reason === 0 ? undefined : (reasons?.[reason] ?? `reason ${reason}`);
  return known === undefined ? word : `${word} (${known})`;
}

/** Domain states and reasons as DOMAIN_GET_STATE returns them (libvirt's virDomainState and its reasons). */
export const domainState = {
  running: 1,
  blocked: 2,
  paused: 3,
  shuttingDown: 4,
  shutOff: 5,
  crashed: 6,
  suspended: 7,
} as const;

export const runningReason = { postCopy: 10, postCopyFailed: 11 } as const;

export const pausedReason = {
  unknown: 0,
  user: 1,
  migration: 2,
  startingUp: 11,
  postCopy: 12,
  postCopyFailed: 13,
} as const;

export const shutOffReason = {
  unknown: 0,
  shutdown: 1,
  destroyed: 2,
  crashed: 3,
  migrated: 4,
  saved: 5,
  failed: 6,
} as const;

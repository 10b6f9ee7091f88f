/** How long a migration waits for what, in milliseconds. */
export interface MigrationLimits {
  /** To open the four connections of a run. */
  connectMs: number;
  /** Begin may wait 30 s for the guest's job lock before the daemon itself gives up. */
  beginMs: number;
  /** To make or remove one volume on the destination. */
  storageMs: number;
  /** Prepare starts QEMU. */
  prepareMs: number;
  /** For Perform to end once it was told to abort. */
  abortMs: number;
  /** Peer-to-peer: for how long nothing may go to a destination that we have lost as well. */
  lostPeerMs: number;
  /** For Perform to answer when the source says that there is no job any more. */
  jobGoneMs: number;
  /** Finish resumes the guest, or discards it. */
  finishMs: number;
  confirmMs: number;
  /** Peer-to-peer, for the source's daemon to hand over a definition. */
  offlineMs: number;
  /** Short questions and orders on a control connection. */
  controlMs: number;
  /** An action after a lost connection; resuming may wait 30 s for the job lock. */
  actionMs: number;
  /** Total time for finding out where the guest is, once that is in doubt. */
  patienceMs: number;
  lookEveryMs: number;
  pollEveryMs: number;
  /** Wait for the source's final statistics, which may come after the reply to Confirm. */
  finalStatsMs: number;
  /**
   * Peer-to-peer, after a lost connection: for so long the source must have had no job before it counts as having
   * none to come. Its daemon takes up a call that reached it within milliseconds, unless all its workers are busy.
   */
  settleMs: number;
}

export const defaultLimits: MigrationLimits = {
  connectMs: 30_000,
  beginMs: 60_000,
  storageMs: 60_000,
  prepareMs: 180_000,
  abortMs: 30_000,
  lostPeerMs: 45_000,
  jobGoneMs: 20_000,
  finishMs: 120_000,
  confirmMs: 60_000,
  offlineMs: 120_000,
  controlMs: 10_000,
  actionMs: 40_000,
  patienceMs: 60_000,
  lookEveryMs: 1_000,
  pollEveryMs: 500,
  finalStatsMs: 2_000,
  settleMs: 5_000,
};

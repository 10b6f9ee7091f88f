import type { HostAccess } from '../hosts/host-access.ts';
import type { RehearsalEvent, RehearsalSnapshot } from './rehearsal-snapshot.ts';

export interface RehearsalRequest {
  source: HostAccess;
  destination: HostAccess;
}

/** Told while a rehearsal runs; both must return quickly and not throw. */
export interface RehearsalObserver {
  /** A whole snapshot at each change, the last one included. */
  changed(snapshot: RehearsalSnapshot): void;
  event?(event: RehearsalEvent): void;
}

export interface Rehearsal {
  /** Asks it to stop. The guest is removed all the same; the sentence says what happens now. */
  cancel(): { accepted: boolean; sentence: string };
  /** Where it stands now. */
  snapshot(): RehearsalSnapshot;
  /** The last snapshot, of state `ended`; never rejects. */
  readonly result: Promise<RehearsalSnapshot>;
}

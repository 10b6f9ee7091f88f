import { RehearsalRun } from './rehearsal-run.ts';
import type { RehearsalObserver, RehearsalRequest } from './rehearsal-run.ts';
import type { RehearsalSnapshot } from './rehearsal-snapshot.ts';

export interface Rehearsal {
  /** Asks it to stop. The guest is removed all the same; the sentence says what happens now. */
  cancel(): { accepted: boolean; sentence: string };
  /** Where it stands now. */
  snapshot(): RehearsalSnapshot;
  /** The last snapshot, of state `ended`; never rejects. */
  readonly result: Promise<RehearsalSnapshot>;
}

/**
 * Proves two hosts by a real migration that risks nothing: starts a tiny guest without disk and network on the source,
 * moves it to the destination and back with the usual options, and removes it, also after a failure, an abort of
 * `signal` or a lost link. It is defined nowhere, and no other guest is touched.
 *
 * Guests that earlier rehearsals left on the two hosts are removed first. So one process must not rehearse twice with
 * the same host at a time.
 */
export function rehearse(
  request: RehearsalRequest,
  observer: RehearsalObserver,
  signal?: AbortSignal,
): Rehearsal {
  const run = new RehearsalRun(request, observer);
  const result = run.run();
  const cancel = (): void => void run.cancel();
  if (signal?.aborted === true) cancel();
  signal?.addEventListener('abort', cancel);
  void result.then(() => signal?.removeEventListener('abort', cancel));
  return { cancel: () => run.cancel(), snapshot: () => run.snapshot(), result };
}

export type { RehearsalObserver, RehearsalRequest };

import { formatDuration } from '../common/units.ts';
import type { RehearsalSnapshot } from './rehearsal-snapshot.ts';

/** How a rehearsal ended, in one sentence. */
export function endSentence({
  source,
  outcome,
  guest,
  directions,
  leftovers,
}: Omit<RehearsalSnapshot, 'sentence'>): string {
  const removed = leftovers.length > 0 ? 'a guest may be left' : 'the guest was removed';
  const [there, back] = directions;
  const last = back ?? there;
  if (outcome === 'passed' && there !== undefined && back !== undefined) {
    const times = `in ${formatDuration(there.totalMs)} and back in ${formatDuration(back.totalMs)}`;
    return `A throw-away guest went from ${there.from} to ${there.to} ${times}, encrypted; ${removed}.`;
  }
  if (outcome === 'cancelled') {
    return guest === undefined ? 'Cancelled; nothing was touched.' : `Cancelled; ${removed}.`;
  }
  if (last !== undefined) {
    const what = outcome === 'refused' ? 'was refused' : 'failed';
    return `The move from ${last.from} to ${last.to} ${what}; ${removed}.`;
  }
  if (guest !== undefined) {
    return `No guest could be started on ${source}; ${leftovers.length > 0 ? removed : 'nothing is left'}.`;
  }
  return 'Nothing was rehearsed, and nothing was touched.';
}

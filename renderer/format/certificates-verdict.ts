import type { CalendarGroup } from '../../electron/ipc/views.ts';
import { firstToEnd, leftWords, placeRows } from './certificate-places.ts';

/** The answer to "is everything in order?", in one sentence for the head of the view. */
export function certificatesVerdict(hosts: readonly CalendarGroup[]): string {
  const ours = hosts.filter(({ bars, hostId }) => bars.length > 0 && hostId !== undefined);
  if (ours.length === 0) return 'No host on the board has certificates yet.';
  const needing = ours.filter(({ care }) => care !== undefined);
  const now = needing.filter(({ care }) => care?.urgency === 'now').length;
  if (needing.length > 0) {
    const verb = needing.length === 1 ? 'needs' : 'need';
    const urgent = now > 0 && now < needing.length ? `, ${now} of them now` : now > 0 ? ' now' : '';
    return `${needing.length} of ${ours.length} ${ours.length === 1 ? 'host' : 'hosts'} ${verb} care${urgent}.`;
  }
  const unseen = ours.filter(({ lookedAtMs }) => lookedAtMs === undefined).length;
  if (unseen > 0) {
    const which = unseen === ours.length ? 'no host was' : `${unseen} of ${ours.length} hosts not`;
    return `Nothing needs care by what was issued; ${which} looked at yet.`;
  }
  const ends = ours.flatMap((group) => {
    const bar = firstToEnd(placeRows(group));
    return bar === undefined ? [] : [{ owner: group.owner, bar }];
  });
  const [first] = ends.toSorted((one, other) => one.bar.notAfterMs - other.bar.notAfterMs);
  if (first === undefined) return '';
  return `Nothing needs care. The next to end is ${first.owner}: ${leftWords(first.bar)}.`;
}

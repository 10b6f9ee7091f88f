import type { CalendarBar, CalendarGroup } from '../../electron/ipc/views.ts';

/** Where a certificate was looked for, and what was found: the same one as before it, another, none, or not looked. */
export interface SeenMark {
  seen: CalendarBar['seen'];
  state: 'there' | 'other' | 'missing' | 'unknown';
  /** As "on disk" or "another one on disk". */
  words: string;
}

/** One line of the calendar: a certificate's place on a host. */
export interface PlaceRow {
  place: string;
  label: string;
  marks: SeenMark[];
  bars: CalendarBar[];
  /** The one that counts: what stands in the file, else what was issued. */
  counting: CalendarBar;
}

const places: readonly { place: string; label: string; seen: readonly CalendarBar['seen'][] }[] = [
  { place: 'libvirt server', label: 'libvirt server', seen: ['issued', 'deployed', 'served'] },
  { place: 'libvirt client', label: 'libvirt client', seen: ['issued', 'deployed'] },
  { place: 'qemu server', label: 'QEMU server', seen: ['issued', 'deployed'] },
  { place: 'qemu client', label: 'QEMU client', seen: ['issued', 'deployed'] },
  { place: 'libvirt authority', label: 'libvirt trusts', seen: ['deployed'] },
  { place: 'qemu authority', label: 'QEMU trusts', seen: ['deployed'] },
];

export const seenWords: Readonly<Record<CalendarBar['seen'], string>> = {
  issued: 'issued',
  deployed: 'on disk',
  served: 'served',
};

/** The lines of a host, in their usual order; places of which nothing is known are left out. */
export function placeRows(group: Pick<CalendarGroup, 'bars' | 'lookedAtMs'>): PlaceRow[] {
  return places.flatMap(({ place, label, seen }) => {
    const bars = group.bars.filter((bar) => bar.place === place);
    const counting = countingBar(bars);
    if (counting === undefined) return [];
    const isLookedAt = group.lookedAtMs !== undefined;
    return [{ place, label, marks: marksOf(seen, bars, isLookedAt), bars, counting }];
  });
}

function marksOf(
  seen: readonly CalendarBar['seen'][],
  bars: readonly CalendarBar[],
  isLookedAt: boolean,
): SeenMark[] {
  const known = seen.filter((kind) => isLookedAt || kind === 'issued');
  const marks = known.map((kind) =>
    markOf(
      kind,
      bars.find((bar) => bar.seen === kind),
    ),
  );
  return isLookedAt ? marks : [...marks, { seen: 'deployed', state: 'unknown', words: 'not looked at' }];
}

function markOf(seen: CalendarBar['seen'], bar: CalendarBar | undefined): SeenMark {
  const words = seenWords[seen];
  if (bar !== undefined) {
    if (bar.isRevoked && seen !== 'issued') return { seen, state: 'other', words: `revoked one ${words}` };
    if (bar.isStale) return { seen, state: 'other', words: `another one ${words}` };
    return { seen, state: 'there', words };
  }
  return { seen, state: 'missing', words: `not ${words}` };
}

function countingBar(bars: readonly CalendarBar[]): CalendarBar | undefined {
  return (
    bars.find(({ seen }) => seen === 'deployed') ?? bars.find(({ seen }) => seen === 'issued') ?? bars[0]
  );
}

/** What ends first of all that counts on a host. */
export function firstToEnd(rows: readonly PlaceRow[]): CalendarBar | undefined {
  const bars = rows.flatMap(({ counting, bars: all }) => [
    counting,
    ...all.filter(({ seen }) => seen === 'served'),
  ]);
  return bars.toSorted((one, other) => one.notAfterMs - other.notAfterMs)[0];
}

/** `712 days left`, `under a day left`, `ended 3 days ago`. */
export function leftWords({ daysLeft, stage }: Pick<CalendarBar, 'daysLeft' | 'stage'>): string {
  if (stage === 'not-yet-valid') return 'not valid yet';
  if (daysLeft < 0) {
    const ago = -daysLeft - 1;
    return ago === 0 ? 'ended within a day' : `ended ${daysWords(ago)} ago`;
  }
  return daysLeft === 0 ? 'under a day left' : `${daysWords(daysLeft)} left`;
}

function daysWords(count: number): string {
  return count === 1 ? '1 day' : `${count.toLocaleString('en')} days`;
}

import type { CalendarBar } from '../../electron/ipc/views.ts';

const dayMs = 86_400_000;

/** Where times lie on the common axis of all bars, as percent of its width. */
export interface CalendarAxis {
  /** Of a time in milliseconds since 1970; what lies beyond an end is at the end. */
  at(timeMs: number): number;
  /** The lines across all bars, with their words at the top. */
  marks: { label: string; percent: number; kind: 'today' | 'near' | 'far' }[];
}

/** The past matters less: only how long ago something ended. */
const pastShare = 0.3;
const least = { past: 7, future: 760 };
const near = [
  { days: 1, label: '1 d' },
  { days: 7, label: '7 d' },
  { days: 30, label: '30 d' },
];
const far = [1, 2, 5, 10, 20].map((years) => ({ days: years * 365, label: `${years} y` }));

/** Distance from today: the nearer, the more room it has, so that a day and two years are both seen. */
function stretch(days: number): number {
  return Math.sign(days) * Math.log1p(Math.abs(days) / 2) * (days < 0 ? pastShare : 1);
}

/** The axis on which all these bars have their ends. */
export function calendarAxis(bars: readonly Pick<CalendarBar, 'notAfterMs'>[], nowMs: number): CalendarAxis {
  const ends = bars.map(({ notAfterMs }) => (notAfterMs - nowMs) / dayMs);
  const first = stretch(Math.min(-least.past, ...ends));
  const last = stretch(Math.max(least.future, ...ends) * 1.05);
  const percent = (days: number): number =>
    Math.min(1, Math.max(0, (stretch(days) - first) / (last - first))) * 100;
  const shown = far.filter(({ days }) => stretch(days) < last);
  return {
    at: (timeMs) => percent((timeMs - nowMs) / dayMs),
    marks: [
      { label: 'today', percent: percent(0), kind: 'today' },
      ...near.map(({ label, days }) => ({ label, percent: percent(days), kind: 'near' as const })),
      ...shown.map(({ label, days }) => ({ label, percent: percent(days), kind: 'far' as const })),
    ],
  };
}

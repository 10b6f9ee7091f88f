import { formatSeconds } from '../../electron/common/units.ts';

export { formatDuration as duration } from '../../electron/common/units.ts';

/** A time to come or gone by in whole seconds, for figures that count: `0 s`, `59 s`, `1 min 0 s`. */
export function countdown(ms: number): string {
  return formatSeconds(Number.isFinite(ms) && ms > 0 ? Math.ceil(ms / 1000) : 0);
}

/** `just now`, `20 s ago`, `5 min ago`, `3 h ago`, `2 d ago`. */
export function ago(thenMs: number, nowMs: number): string {
  const seconds = Math.floor((nowMs - thenMs) / 1000);
  if (!(seconds >= 5)) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

function two(value: number): string {
  return value.toString().padStart(2, '0');
}

/** Local date: `2026-11-21`. */
export function dayOf(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Local date and time to the second, for hovers and copies: `2026-11-21 14:03:09`. */
export function exactTime(ms: number): string {
  const date = new Date(ms);
  return `${dayOf(ms)} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

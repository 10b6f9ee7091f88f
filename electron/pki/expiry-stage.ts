import { dayMs } from './lifetimes.ts';

/** How near the end is: within 30 days, 7 days, 1 day, or past it. */
export type ExpiryStage = 'fine' | 'month' | 'week' | 'day' | 'expired' | 'not-yet-valid';

/** Whole days, rounded down; negative after the end. */
export function daysUntil(end: Date, now: Date): number {
  return Math.floor((end.getTime() - now.getTime()) / dayMs);
}

export function expiryStage(
  { notBefore, notAfter }: { notBefore: Date; notAfter: Date },
  now: Date,
): ExpiryStage {
  const leftMs = notAfter.getTime() - now.getTime();
  if (leftMs < 0) return 'expired';
  if (now < notBefore) return 'not-yet-valid';
  if (leftMs <= dayMs) return 'day';
  if (leftMs <= 7 * dayMs) return 'week';
  return leftMs <= 30 * dayMs ? 'month' : 'fine';
}

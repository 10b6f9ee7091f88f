import type { Check } from './check.ts';

/** Every check of the preflight, in the order in which they are listed as pending. */
export const checks: readonly Check[] = [];

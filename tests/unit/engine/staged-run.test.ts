import { expect, test } from 'vitest';
import { untouched } from '../../../electron/engine/run/staged-run.ts';
import { planFor } from './migration-plan.ts';

test.each([
  [false, undefined],
  [true, true],
])(
  'a run that did not begin does not say of a guest that is shut off that it runs (offline: %s)',
  (offline, told) => {
    expect(untouched(planFor({ offline }), 'refused', 12.4).offline).toBe(told);
  },
);

import { expect, test } from 'vitest';
import { expectDefinition } from '../expect-definition.ts';
import { planFor } from '../migration-plan.ts';
import { kill } from './killed-run.ts';

/** Longer than the move of a definition takes. */
const moments = Array.from({ length: 60 }, (_, index) => index * 50 + 25);

test.each(['managed', 'p2p'] as const)(
  'a definition that was on its way (%s) is on one host, however the run was killed, and soon told',
  async (control) => {
    const outcomes = new Set<string>();
    for (const killAtMs of moments) {
      const plan = planFor({ offline: true, control });
      const { hosts, recover } = await kill({ killAtMs, shutOff: true, plan });
      const { result, progress, tookMs } = await recover();
      expectDefinition({ result, hosts }, false);
      expect(progress, 'nothing is copied').toEqual([]);
      expect(tookMs).toBeLessThanOrEqual(60_000);
      outcomes.add(result.outcome);
    }
    expect(outcomes).toContain('migrated');
  },
);

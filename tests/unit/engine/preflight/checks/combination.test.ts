import { describe, expect, test } from 'vitest';
import { defaultPlanOptions, type PlanOptions } from '../../../../../electron/engine/plan.ts';
import { combinationCheck } from '../../../../../electron/engine/preflight/checks/combination.ts';
import { findingsOf } from '../fake-context.ts';

const tunnelled: Partial<PlanOptions> = { mode: 'tunnelled', control: 'p2p' };

describe('options that do not go together', () => {
  test.each<[string, Partial<PlanOptions>, RegExp]>([
    [
      'a tunnel that nobody opens',
      { mode: 'tunnelled', control: 'managed' },
      /which a managed migration has not/,
    ],
    ['disks through a tunnel', { ...tunnelled, disks: 'copy' }, /disks cannot be copied/],
    ['a data address beside a tunnel', { ...tunnelled, migrateUri: 'tcp://b' }, /no data address/],
    ['a name for QEMU in a tunnel', { ...tunnelled, tlsDestination: 'b' }, /No certificate of QEMU/],
    ['an address for daemons that do not meet', { dconnuri: 'qemu+tls://b/system' }, /do not connect/],
  ])('%s', async (_what, given, words) => {
    const options = { ...defaultPlanOptions, ...given };
    expect(combinationCheck.applies?.(options)).toBe(true);
    const findings = await findingsOf(combinationCheck, { context: { options } });
    expect(findings).toMatchObject([{ level: 'error', summary: expect.stringMatching(words) as string }]);
  });

  test.each<Partial<PlanOptions>>([
    {},
    tunnelled,
    { mode: 'tunnelled', control: 'auto' },
    { control: 'p2p', disks: 'copy', dconnuri: 'qemu+tls://b/system' },
  ])('nothing is said of %j', (given) => {
    expect(combinationCheck.applies?.({ ...defaultPlanOptions, ...given })).toBe(false);
  });
});

import { expect, it, vi } from 'vitest';
import { Lab } from '../lab.ts';
import { draw } from './draw.ts';
import { runFaults } from './run-faults.ts';
import { tellFault } from './tell-fault.ts';

/*
 * A sample of `npm run faults`: each thing that can break, at points of a migration that are held still for it. Whatever
 * breaks: one host runs the guest, it is the same guest, what was told is true, nothing is left, and it moves again.
 */

vi.setConfig({ testTimeout: 3_600_000 });

it('leaves the guest whole, once, and told of truly, whatever breaks when', async () => {
  const lab = await Lab.attach();
  const cases = draw(60, 'sample', ({ lasting }) => lasting !== 'until the end');
  const reports = await runFaults({
    lab,
    cases,
    tell: (report) => void process.stderr.write(`  ${tellFault(report)}\n`),
  });
  expect(reports).toHaveLength(cases.length);
  expect(reports.filter(({ seen }) => seen.length > 0)).toEqual([]);
});

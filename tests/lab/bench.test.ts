import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ClientBenchReport } from '../bench/client-report.ts';
import { execute } from './command.ts';

/** An inventory may not ask the daemon guest by guest. */
const MOST_ROUND_TRIPS = 8;

it('measures the client beside virsh; an inventory takes as many round trips for many guests as for few', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'viaduct-bench-test-'));
  try {
    const out = join(folder, 'client.json');
    const options = ['--guests', '20,200', '--pairs', '1', '--out', out];
    const run = await execute(['npm', 'run', '-s', 'bench', '--', 'client', ...options]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/inventory with state, \d+ round trips \| list --all +200 /);
    const report = JSON.parse(await readFile(out, 'utf8')) as ClientBenchReport;
    const [few, many] = report.inventory.map(({ roundTrips }) => roundTrips);
    expect(few).toBe(many);
    expect(many).toBeLessThanOrEqual(MOST_ROUND_TRIPS);
    expect(report.calls.calls).toBe(200);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it.each([
  [[], /^Usage: npm run bench/],
  [['client', '--guests', 'many'], /--guests takes whole numbers from 1 to 16384/],
  [['client', '--pears', '1'], /--pears/],
] as const)('refuses %j with a sentence', async (args, sentence) => {
  const run = await execute(['npm', 'run', '-s', 'bench', '--', ...args]);
  expect(run.exitCode).toBe(2);
  expect(run.stderr).toMatch(sentence);
  expect(run.stderr).not.toMatch(/\n\s+at /);
});

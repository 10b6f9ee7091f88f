import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { Lab } from '../lab.ts';
import { isLongRun } from '../proofs/long-run.ts';
import { makeSound, situations } from './situations.ts';
import { writeVerdictTable } from './table.ts';
import { complaints, readAgain, type Verdicts, verdictsOn, weAreRight } from './verdicts.ts';

/*
 * Our preflight and libvirt's virt-pki-validate on the same certificates, and a real migration that says who was right.
 * `npm run proofs -- validators` goes through all of them, `npm test` through a few.
 */

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let lab: Lab;
let usual: string[];
const rows: Verdicts[] = [];

beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  await makeSound(lab);
  usual = await complaints(lab);
});

afterEach(async () => {
  await makeSound(lab);
  await readAgain(lab);
  if ((await lab.whereRuns('web01')).beta === 'running') {
    await lab.virsh('beta', ['migrate', '--live', '--p2p', '--tls', 'web01', 'qemu+tls://alpha.lab/system']);
  }
});

afterAll(async () => {
  const out = process.env['VIADUCT_VALIDATORS_OUT'];
  if (out !== undefined) await writeVerdictTable(out, rows, usual);
  await lab.reset();
});

const sampled = /nothing is wrong|key of the destination’s QEMU|right common name/;
const some = situations.filter(({ what }) => isLongRun || sampled.test(what));

it.each(some.map((one) => [one.what, one] as const))('%s', async (_what, situation) => {
  const row = await verdictsOn(lab, situation, usual);
  rows.push(row);
  expect(weAreRight(row), JSON.stringify(row)).toBe(true);
});

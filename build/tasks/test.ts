import { mkdirSync, rmSync } from 'node:fs';
import { messageOf } from '../../electron/common/errors.ts';
import { SecondLab } from '../../tests/lab/isolated/second-lab.ts';
import { isUp } from '../../tests/lab/up.ts';
import { debianPackages, ensureDebianPackages } from './debian-packages.ts';
import { Backlog, runLane } from './test/lane.ts';
import { say, secondsSince, type Step, Steps } from './test/steps.ts';
import { checks, lab, labPieces, results, root, shellPieces, withoutLab } from './test/suites.ts';

/*
 * `npm test`: every check and every test, with a line for each step and the counts at the end. Two lanes run side by
 * side, since a migration is mostly waited for: the first with the tests of the hosts, the second with the checks and
 * what needs no host, and then, with a lab of its own, what is left of the first's. Both labs are taken down again whatever happens, the first unless it was up before.
 */

const started = Date.now();
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interruption.abort());
const steps = new Steps(root, interruption.signal);
const backlog = new Backlog();

/** @param firstLabIsUp when it is, the images of which the second is made are in the cache */
async function secondLane(firstLabIsUp: Promise<boolean>): Promise<void> {
  for (const check of checks) await steps.run(check);
  backlog.add(shellPieces());
  for (const step of withoutLab) await steps.run(step);
  await using held = new AsyncDisposableStack();
  const second = (await firstLabIsUp) && !interruption.signal.aborted ? await openSecondLab(held) : undefined;
  if (second === undefined) return;
  const inside = (step: Step): Step => {
    const { argv, env } = second.inside(step.argv, root);
    return { ...step, argv, env: { ...step.env, ...env } };
  };
  if (await steps.prepare({ ...inside(lab('up')), name: 'second lab up' }))
    await runLane(steps, backlog, inside);
}

/** Without it the first lane runs all there is. */
async function openSecondLab(held: AsyncDisposableStack): Promise<SecondLab | undefined> {
  try {
    return held.use(await SecondLab.open());
  } catch (error) {
    steps.fail(`second lab: ${messageOf(error)}`);
    return undefined;
  }
}

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
const missing = ensureDebianPackages(debianPackages, say);
if (missing) {
  process.stderr.write(`${missing}\n`);
  process.exit(2);
}

const wasUp = await isUp();
backlog.add(labPieces());
try {
  const ready = steps.prepare(lab('up'));
  const second = secondLane(ready);
  const hasLab = await ready;
  const lanes = await Promise.allSettled([second, hasLab ? runLane(steps, backlog) : undefined]);
  for (const lane of lanes) if (lane.status === 'rejected') steps.fail(messageOf(lane.reason));
} finally {
  if (!wasUp) await steps.prepare(lab('down'));
}

const { passed, failed } = steps.total;
say(
  `\nAll of it took ${secondsSince(started)} s.${interruption.signal.aborted ? ' It was interrupted.' : ''}`,
);
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 && !interruption.signal.aborted ? 0 : 1;

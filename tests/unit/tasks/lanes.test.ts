import { globSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Backlog, runLane } from '../../../build/tasks/test/lane.ts';
import { Steps } from '../../../build/tasks/test/steps.ts';
import { labFiles, labPieces, type Piece, root } from '../../../build/tasks/test/suites.ts';
import { labSeconds } from '../../../build/tasks/test/typical-seconds.ts';

let said: string;

beforeEach(() => {
  said = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const node = (script: string): string[] => [process.execPath, '-e', script];
const newSteps = (signal = new AbortController().signal): Steps => new Steps(root, signal);

test('every file of lab tests is run, whether its time is known or not', () => {
  const files = globSync('tests/lab/**/*.test.ts', { cwd: root });
  expect(
    labPieces()
      .map(({ argv }) => argv.at(-1))
      .toSorted(),
  ).toEqual(files.toSorted());
  expect(Object.keys(labSeconds).filter((name) => !labFiles().includes(name))).toEqual([]);
});

test('whatever is added in between, each piece is taken once, the longest first', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(300))), (batches) => {
      const backlog = new Backlog();
      let left: number[] = [];
      for (const batch of batches) {
        backlog.add(batch.map((seconds): Piece => ({ name: 'one', argv: [], seconds })));
        left = [...left, ...batch].toSorted((a, b) => b - a);
        expect(backlog.take()?.seconds).toBe(left.shift());
      }
      for (const seconds of left) expect(backlog.take()?.seconds).toBe(seconds);
      expect(backlog.take()).toBeUndefined();
    }),
  );
});

test('a lane runs what needs a lab as its lab is reached', async () => {
  const steps = newSteps();
  const backlog = new Backlog();
  backlog.add([{ name: 'hosts', argv: ['no such program'], seconds: 2 }]);
  await runLane(steps, backlog, (step) => ({ ...step, argv: node('') }));
  expect(steps.total).toEqual({ passed: 1, failed: 0 });
});

test.each([
  ['a step counts as one', { argv: node('') }, { passed: 1, failed: 0 }],
  ['a failed one too', { argv: node('process.exit(3)') }, { passed: 0, failed: 1 }],
  ['what cannot be started has failed', { argv: ['/no/such/program'] }, { passed: 0, failed: 1 }],
  [
    'a report is believed',
    { argv: node(''), counts: () => ({ passed: 7, failed: 0 }) },
    { passed: 7, failed: 0 },
  ],
  [
    'a runner that fails without a failed test is a failure',
    { argv: node('process.exit(1)'), counts: () => ({ passed: 7, failed: 0 }) },
    { passed: 7, failed: 1 },
  ],
])('%s', async (name, step, total) => {
  const steps = newSteps();
  expect(await steps.run({ name, ...step })).toBe(total.failed === 0);
  expect(steps.total).toEqual(total);
  expect(said).toMatch(total.failed === 0 ? /^ok {4} / : /FAILED .*\n$/);
});

test('the output of a failed step is shown, that of another one only if asked for', async () => {
  const steps = newSteps();
  await steps.run({ name: 'good', argv: node('console.log("from good")') });
  await steps.run({ name: 'loud', argv: node('console.log("from loud")'), showAlways: true });
  await steps.run({ name: 'bad', argv: node('console.error("from bad"); process.exit(1)') });
  expect(said).not.toContain('from good');
  expect(said).toMatch(/from loud\nok {4} loud \(\d+ s\)\nfrom bad\nFAILED bad/);
});

test('an interruption ends what runs and lets nothing begin, but what clears up', async () => {
  const interruption = new AbortController();
  const steps = newSteps(interruption.signal);
  const running = steps.run({ name: 'long', argv: node('setInterval(() => 0, 1000)') });
  interruption.abort();
  expect(await running).toBe(false);
  expect(await steps.run({ name: 'next', argv: node('') })).toBe(false);
  expect(said).not.toContain('next');
  expect(await steps.prepare({ name: 'down', argv: node('') })).toBe(true);
});

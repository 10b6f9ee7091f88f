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

const piece = fc.record({ needsLab: fc.boolean(), seconds: fc.nat(300) });

test('whatever the lanes take, each piece is taken once, the longest first', () => {
  fc.assert(
    fc.property(fc.array(piece), fc.infiniteStream(fc.boolean()), (given, turns) => {
      const pieces: Piece[] = given.map((one, index) => ({ ...one, name: `${index}`, argv: [] }));
      const backlog = new Backlog();
      backlog.add(pieces);
      const taken: Piece[] = [];
      for (const hasLab of turns) {
        const next = backlog.take(hasLab);
        const left = pieces.filter((one) => !taken.includes(one) && (hasLab || !one.needsLab));
        expect(next?.seconds).toBe(
          left.length === 0 ? undefined : Math.max(...left.map((one) => one.seconds)),
        );
        if (next !== undefined) taken.push(next);
        else if (hasLab) break;
      }
      expect(taken.map(({ name }) => name).toSorted()).toEqual(pieces.map(({ name }) => name).toSorted());
    }),
  );
});

test('a lane without a lab leaves what needs one, and runs the rest on the machine as it is', async () => {
  const steps = newSteps();
  const backlog = new Backlog();
  backlog.add([
    { name: 'hosts', argv: node('process.exit(1)'), needsLab: true, seconds: 2 },
    { name: 'screens', argv: node(''), needsLab: false, seconds: 1 },
  ]);
  await runLane(steps, backlog, false, (step) => ({ ...step, argv: ['no such program'] }));
  expect(steps.total).toEqual({ passed: 1, failed: 0 });
  expect(backlog.take(true)?.name).toBe('hosts');
});

test('a lane runs what needs a lab as its lab is reached', async () => {
  const steps = newSteps();
  const backlog = new Backlog();
  backlog.add([{ name: 'hosts', argv: ['no such program'], needsLab: true, seconds: 2 }]);
  await runLane(steps, backlog, true, (step) => ({ ...step, argv: node('') }));
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

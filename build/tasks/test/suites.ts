import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { labSeconds, shellSeconds } from './typical-seconds.ts';
import type { Counts, Step } from './steps.ts';

/** A step that needs a lab; the lane that is free takes it. */
export interface Piece extends Step {
  /** How long it takes on two cores, about: the longest are begun first. */
  seconds: number;
}

export const root = join(import.meta.dirname, '..', '..', '..');
export const results = join(root, 'test-results');
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

/** A file that the table does not know yet: begun early, so that a long one does not come last. */
const UNKNOWN_SECONDS = 120;

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(join(results, file), 'utf8'));
  } catch {
    return undefined;
  }
}

function vitestCounts(file: string): Counts {
  const report = readJson(file) as { numPassedTests: number; numFailedTests: number } | undefined;
  return { passed: report?.numPassedTests ?? 0, failed: report?.numFailedTests ?? 0 };
}

function playwrightCounts(file: string): Counts {
  const report = readJson(file) as
    { stats: { expected: number; unexpected: number; flaky: number } } | undefined;
  return {
    passed: report?.stats.expected ?? 0,
    failed: (report?.stats.unexpected ?? 0) + (report?.stats.flaky ?? 0),
  };
}

function vitest(name: string, project: string, files: readonly string[]): Step {
  const report = `${name.replace(/[ /]/g, '-')}.json`;
  return {
    name,
    argv: [
      ...[bin('vitest'), 'run', '--config', 'build/vitest.config.ts', '--project', project],
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${join(results, report)}`],
      ...files,
    ],
    counts: () => vitestCounts(report),
  };
}

/** The specs of one project; each step has reports and traces of its own. */
function playwright(name: string, project: string): Step {
  const argv = [bin('playwright'), 'test', '--config', 'build/playwright.config.ts', '--project', project];
  return {
    name,
    argv,
    env: { VIADUCT_E2E_STEP: name },
    counts: () => playwrightCounts(`${name}.json`),
  };
}

/** Every file of tests of the real hosts, by its path from tests/lab without the ending. */
export function labFiles(): string[] {
  const ending = '.test.ts';
  return readdirSync(join(root, 'tests', 'lab'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => path.slice(0, -ending.length));
}

export function labPieces(): Piece[] {
  return labFiles().map((file) => ({
    ...vitest(`lab ${file}`, 'lab', [`tests/lab/${file}.test.ts`]),
    seconds: labSeconds[file] ?? UNKNOWN_SECONDS,
  }));
}

/** Both shells with the hosts, by their bundles. Says by which Electron the desktop shell was shown. */
export function shellPieces(): Piece[] {
  return [
    { ...playwright('e2e-desktop', 'desktop'), showAlways: true, seconds: shellSeconds.desktop },
    { ...playwright('e2e-browser', 'browser'), showAlways: true, seconds: shellSeconds.browser },
  ];
}

/** What needs the bundles, and no lab. */
export const withoutLab: readonly Step[] = [vitest('unit', 'unit', []), playwright('screens', 'screens')];

const npmRun = (name: string, script: string): Step => ({ name, argv: ['npm', 'run', '-s', script] });

export const checks: readonly Step[] = [
  npmRun('types', 'check:types'),
  npmRun('types of the screen', 'check:svelte'),
  npmRun('lint', 'check:lint'),
  npmRun('layers', 'check:layers'),
  npmRun('format', 'check:format'),
  npmRun('bundles', 'build'),
];

export function lab(command: 'up' | 'down'): Step {
  return { name: `lab ${command}`, argv: [bin('node'), join(root, 'tests', 'lab', 'cli.ts'), command] };
}

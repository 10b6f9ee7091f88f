import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { debianPackages, ensureDebianPackages } from './debian-packages.ts';

/*
 * `npm test`: every check and every test, with a line for each step and the counts at the end. The lab boots while
 * the checks that do not need it run; it is taken down again whatever happens, unless it was up before.
 */

const root = join(import.meta.dirname, '..', '..');
const results = join(root, 'test-results');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);
const node = bin('node');

interface Counts {
  passed: number;
  failed: number;
}
interface Step {
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  /** Reads the counts that the step left behind; without it the step counts as one. */
  counts?: () => Counts;
}

const total: Counts = { passed: 0, failed: 0 };
const started = Date.now();
const say = (text: string) => process.stdout.write(`${text}\n`);
const seconds = (since: number) => `${Math.round((Date.now() - since) / 1000)} s`;

const interruption = new AbortController();
const interrupted = () => interruption.signal.aborted;
const children = new Set<ReturnType<typeof spawn>>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interruption.abort();
    for (const child of children) child.kill('SIGTERM');
  });
}

/** Runs a program; its output is shown when it ends, whole if it failed. Resolves with the exit code. */
function run(step: Step, showAlways: boolean): Promise<number> {
  const begun = Date.now();
  const output: Buffer[] = [];
  const child = spawn(step.command, step.args, {
    cwd: root,
    env: { ...process.env, VIADUCT_LAB_KEEP: '1', FORCE_COLOR: '0', ...step.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const collect = (chunk: Buffer) => {
    output.push(chunk);
    if (showAlways) process.stdout.write(chunk);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const tick = setInterval(() => say(`  ${step.name}: running, ${seconds(begun)}`), 30_000);
  return new Promise((resolve) => {
    const end = (code: number) => {
      clearInterval(tick);
      children.delete(child);
      if (code !== 0 && !showAlways) process.stdout.write(Buffer.concat(output));
      say(`${code === 0 ? 'ok    ' : 'FAILED'} ${step.name} (${seconds(begun)})`);
      resolve(code);
    };
    child.on('error', (error) => {
      output.push(Buffer.from(`${error.message}\n`));
      end(1);
    });
    child.on('close', (code) => end(code ?? 1));
  });
}

async function runSteps(steps: readonly Step[], showAlways = false): Promise<void> {
  for (const step of steps) {
    if (interrupted()) return;
    const code = await run(step, showAlways);
    const counts = step.counts?.() ?? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
    total.passed += counts.passed;
    // A runner that fails without a failed test (a crash, no test found) is a failure of its own.
    total.failed += code !== 0 && counts.failed === 0 ? 1 : counts.failed;
  }
}

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

function vitest(project: string): Step {
  const file = `${project}.json`;
  return {
    name: `${project} tests`,
    command: bin('vitest'),
    args: [
      ...['run', '--config', 'build/vitest.config.ts', '--project', project],
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${join(results, file)}`],
    ],
    counts: () => vitestCounts(file),
  };
}

/** The specs of `projects`; each step has reports and traces of its own. */
function playwright(name: string, projects: readonly string[]): Step {
  return {
    name,
    command: bin('playwright'),
    args: [
      ...['test', '--config', 'build/playwright.config.ts'],
      ...projects.flatMap((project) => ['--project', project]),
    ],
    env: { VIADUCT_E2E_STEP: name },
    counts: () => playwrightCounts(`${name}.json`),
  };
}

const npmRun = (name: string, script: string): Step => ({
  name,
  command: 'npm',
  args: ['run', '-s', script],
});
const lab = (name: string, command: string): Step => ({
  name,
  command: node,
  args: [join(root, 'tests', 'lab', 'cli.ts'), command],
});

async function labIsUp(): Promise<boolean> {
  const child = spawn(node, [join(root, 'tests', 'lab', 'cli.ts'), 'status', '--json'], { cwd: root });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await new Promise((resolve) => child.on('close', resolve));
  try {
    return (JSON.parse(text) as { up?: boolean }).up === true;
  } catch {
    return false;
  }
}

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
const missing = ensureDebianPackages(debianPackages, say);
if (missing) {
  process.stderr.write(`${missing}\n`);
  process.exit(2);
}

const wasUp = await labIsUp();
try {
  const labReady = run(lab('lab up', 'up'), false);
  await runSteps([
    npmRun('types', 'check:types'),
    npmRun('types of the screen', 'check:svelte'),
    npmRun('lint', 'check:lint'),
    npmRun('layers', 'check:layers'),
    npmRun('format', 'check:format'),
    npmRun('bundles', 'build'),
  ]);
  // What needs no lab runs beside what does: a migration is mostly waited for.
  const withoutLab = runSteps([vitest('unit'), playwright('screens', ['screens'])]);
  if ((await labReady) === 0) {
    await runSteps([vitest('lab')], true);
    await withoutLab;
    await runSteps([playwright('e2e', ['desktop', 'browser'])], true);
  } else {
    total.failed += 1;
    await withoutLab;
  }
} finally {
  if (!wasUp && (await run(lab('lab down', 'down'), false)) !== 0) total.failed += 1;
}

say(`\nAll of it took ${seconds(started)}.${interrupted() ? ' It was interrupted.' : ''}`);
say(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 && !interrupted() ? 0 : 1;

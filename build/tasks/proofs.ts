import { spawn } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { BadInputError, messageOf } from '../../electron/common/errors.ts';
import { bringDown } from '../../tests/lab/down.ts';
import { Lab } from '../../tests/lab/lab.ts';
import { takeLock } from '../../tests/lab/lock.ts';
import { progressTo, silent } from '../../tests/lab/progress.ts';
import { type SubjectName, subjectNames } from '../../tests/lab/proofs/cut-subjects.ts';
import {
  type CutReport,
  type PointReport,
  summaryOf,
  cutEverywhere,
} from '../../tests/lab/proofs/every-cut.ts';
import { bringUp } from '../../tests/lab/up.ts';

/*
 * `npm run proofs -- link-cuts|pki|modes|controls|validators`: what `npm test` takes a sample of, in full, on the real hosts of the lab. Takes the
 * lab down again unless it was up before. Ctrl+C ends it after the point under way, and what was found is kept.
 */

const usage = `Usage: npm run proofs -- link-cuts [--subject NAME] [--minutes N] [--continue] [--out FILE]
       npm run proofs -- pki
       npm run proofs -- modes
       npm run proofs -- controls
       npm run proofs -- validators

  link-cuts  cuts the SSH link before, in and after every command that sets up a host
  pki        every kind of key in every place, and every certificate that is to be refused
  modes      every mode there and back, and the table of it in docs/modes.md
  controls   mistakes put into the program on purpose, each of which has to be noticed
  validators certificates in twenty states, what virt-pki-validate and the preflight say, and docs/validators.md
  --subject  only one of: ${subjectNames.join(', ')}
  --minutes  ends after that time
  --continue goes on from what an earlier run has kept
  --out      where the figures are kept as JSON; default docs/benchmarks/link-cuts.json
`;
const root = join(import.meta.dirname, '..', '..');
const progress = progressTo(process.stderr);

const proofs = ['link-cuts', 'pki', 'modes', 'controls', 'validators'] as const;

interface Request {
  what: (typeof proofs)[number];
  subjects: readonly SubjectName[];
  minutes: number;
  goesOn: boolean;
  out: string;
}

function readRequest(args: string[]): Request {
  const options = {
    subject: { type: 'string' },
    minutes: { type: 'string', default: '600' },
    continue: { type: 'boolean', default: false },
    out: { type: 'string', default: join(root, 'docs', 'benchmarks', 'link-cuts.json') },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [what, ...rest] = positionals;
    const subjects = subjectNames.filter((name) => name === (values.subject ?? name));
    const minutes = Number(values.minutes);
    const proof = proofs.find((name) => name === what);
    if (proof === undefined || rest.length > 0 || subjects.length === 0 || !(minutes > 0))
      throw new Error('');
    return { what: proof, subjects, minutes, goesOn: values.continue, out: values.out };
  } catch (cause) {
    throw new BadInputError('proofs-usage', `${messageOf(cause)}\n${usage}`.trimStart(), { cause });
  }
}

async function linkCuts({ subjects, minutes, goesOn, out }: Request, signal: AbortSignal): Promise<boolean> {
  const known = goesOn ? (JSON.parse(await readFile(out, 'utf8')) as CutReport).points : [];
  const limit = AbortSignal.any([signal, AbortSignal.timeout(minutes * 60_000)]);
  const lab = await Lab.attach();
  await mkdir(dirname(out), { recursive: true });
  const points = await cutEverywhere(lab, subjects, known, limit, {
    tell: (line) => process.stderr.write(`${line}\n`),
    keep: (found) => keepCuts(out, found),
  });
  const summary = summaryOf(points);
  process.stdout.write(`${JSON.stringify(summary, undefined, 1)}\nEvery point: ${out}\n`);
  return summary.every(({ failed }) => failed === 0);
}

/** Takes the place of the file at once, which is whole at any moment. */
async function keepCuts(out: string, points: readonly PointReport[]): Promise<void> {
  const report: CutReport = {
    benchmark: 'link-cuts',
    command: 'npm run proofs -- link-cuts',
    date: new Date().toISOString(),
    summary: summaryOf(points),
    points: [...points],
  };
  const draft = `${out}.new`;
  await writeFile(draft, await format(JSON.stringify(report), { parser: 'json', printWidth: 110 }));
  await rename(draft, out);
}

/** Runs tests of the lab, with what tells them to go through all. */
function labTests(
  tests: readonly string[],
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<boolean> {
  const args = ['run', '--config', 'build/vitest.config.ts', '--project', 'lab', ...tests];
  const child = spawn(join(root, 'node_modules', '.bin', 'vitest'), args, {
    cwd: root,
    env: { ...process.env, ...env, VIADUCT_LAB_KEEP: '1' },
    stdio: 'inherit',
    signal,
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0));
  });
}

function prove(request: Request, signal: AbortSignal): Promise<boolean> {
  switch (request.what) {
    case 'link-cuts':
      return linkCuts(request, signal);
    case 'pki': {
      const tests = ['acceptance', 'refusals'].map((name) => `tests/lab/proofs/${name}.test.ts`);
      return labTests(tests, { VIADUCT_PROOFS: 'all' }, signal);
    }
    case 'controls':
      return labTests(['tests/lab/faults/positive-controls.test.ts'], { VIADUCT_PROOFS: 'all' }, signal);
    case 'validators':
      return labTests(
        ['tests/lab/validators/validators.test.ts'],
        { VIADUCT_PROOFS: 'all', VIADUCT_VALIDATORS_OUT: join(root, 'docs', 'validators.md') },
        signal,
      );
    case 'modes':
      return labTests(
        ['tests/lab/modes.test.ts'],
        { VIADUCT_MODES_OUT: join(root, 'docs', 'modes.md') },
        signal,
      );
  }
}

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort());
try {
  const request = readRequest(process.argv.slice(2));
  await using held = new AsyncDisposableStack();
  held.use(await takeLock(`proofs ${request.what}`));
  if (await bringUp(progress)) held.defer(() => bringDown(silent));
  const { signal } = interruption;
  const holds = await prove(request, signal);
  if (!holds) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${interruption.signal.aborted ? 'It was interrupted.' : messageOf(error)}\n`);
  process.exitCode = error instanceof BadInputError ? 2 : 1;
}

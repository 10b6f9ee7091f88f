import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BadInputError, messageOf } from '../../electron/common/errors.ts';
import { bringDown } from '../../tests/lab/down.ts';
import { draw, type FaultCase, lacking, nameOf } from '../../tests/lab/faults/draw.ts';
import { allKeptIn, keepFaults, readFaults, writeFaultTable } from '../../tests/lab/faults/fault-report.ts';
import { tellFault } from '../../tests/lab/faults/tell-fault.ts';
import { runFaults } from '../../tests/lab/faults/run-faults.ts';
import { Lab } from '../../tests/lab/lab.ts';
import { takeLock } from '../../tests/lab/lock.ts';
import { progressTo, silent } from '../../tests/lab/progress.ts';
import { bringUp } from '../../tests/lab/up.ts';

/*
 * `npm run faults -- --count N --seed S`: breaks migrations on the real hosts of the lab, one after the other, and holds each
 * to what it owes. Takes the lab down again unless it was up before. Ctrl+C ends it after the one under way, and what was
 * found is kept.
 */

const usage = `Usage: npm run faults -- [--count N] [--seed S] [--only TEXT] [--shard K/N] [--minutes N] [--continue] [--out FILE]

  --count    how many; default 1000
  --seed     the same seed draws the same faults; default "viaduct"
  --only     those with this text in their name, as "finish reply" or "libvirtd frozen"
  --shard    the Kth of N parts, so that N runs, each inside "npm run second-lab", share the work
  --minutes  ends after that time
  --continue adds to what an earlier run has kept those that it lacks, and those that ended in a violation once more
  --out      where they are kept as JSON; default docs/benchmarks/faults.json, for a shard faults-K-of-N.json beside it; in
             both cases docs/faults.md is made of all that is kept there
`;
const docs = join(import.meta.dirname, '..', '..', 'docs');
const keptIn = join(docs, 'benchmarks');

interface Request {
  cases: FaultCase[];
  minutes: number;
  goesOn: boolean;
  /** Absent where they are kept with the docs. */
  out: string | undefined;
  keptAs: string;
}

function readRequest(args: string[]): Request {
  const options = {
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: 'viaduct' },
    only: { type: 'string', default: '' },
    minutes: { type: 'string', default: '600' },
    shard: { type: 'string', default: '1/1' },
    continue: { type: 'boolean', default: false },
    out: { type: 'string' },
  } as const;
  try {
    const { values } = parseArgs({ args, options });
    const [count, minutes] = [Number(values.count), Number(values.minutes)];
    if (!Number.isSafeInteger(count) || count < 1) throw new Error('--count takes a whole number.');
    if (!(minutes > 0)) throw new Error('--minutes takes a number.');
    const [part, parts] = readShard(values.shard);
    const drawn = draw(count, values.seed, (each) => nameOf(each).includes(values.only));
    return {
      cases: drawn.filter((_, index) => index % parts === part - 1),
      ...{ minutes, goesOn: values.continue, out: values.out },
      keptAs: parts === 1 ? 'faults.json' : `faults-${part}-of-${parts}.json`,
    };
  } catch (cause) {
    throw new BadInputError('faults-usage', `${messageOf(cause)}\n${usage}`, { cause });
  }
}

function readShard(text: string): [part: number, parts: number] {
  const [part = 0, parts = 0] = /^\d+\/\d+$/.test(text) ? text.split('/').map(Number) : [];
  if (part < 1 || part > parts) throw new Error('--shard takes K/N, as in 1/3.');
  return [part, parts];
}

async function injectFaults(
  { cases, minutes, goesOn, out, keptAs }: Request,
  signal: AbortSignal,
): Promise<boolean> {
  const file = out ?? join(keptIn, keptAs);
  const kept = goesOn && existsSync(file) ? await readFaults(file) : [];
  const reports = kept.filter(({ seen }) => seen.length === 0);
  await runFaults({
    lab: await Lab.attach(),
    cases: lacking(cases, reports),
    signal: AbortSignal.any([signal, AbortSignal.timeout(minutes * 60_000)]),
    tell: async (report) => {
      reports.push(report);
      process.stderr.write(`${reports.length} ${tellFault(report)}\n`);
      await keepFaults(file, reports);
    },
  });
  if (out === undefined) await writeFaultTable(join(docs, 'faults.md'), await allKeptIn(keptIn));
  const bad = reports.filter(({ seen }) => seen.length > 0).length;
  process.stdout.write(`${reports.length} faults, ${bad} with a violation.\nEach of them: ${file}\n`);
  return bad === 0;
}

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort());
try {
  const request = readRequest(process.argv.slice(2));
  await using held = new AsyncDisposableStack();
  held.use(await takeLock('faults'));
  if (await bringUp(progressTo(process.stderr))) held.defer(() => bringDown(silent));
  if (!(await injectFaults(request, interruption.signal))) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${interruption.signal.aborted ? 'It was interrupted.' : messageOf(error)}\n`);
  process.exitCode = error instanceof BadInputError ? 2 : 1;
}

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { messageOf, BadInputError } from '../../electron/common/errors.ts';
import { benchClient } from '../../tests/bench/client-bench.ts';
import { type ClientBenchReport, formatReport, growthOf, machine } from '../../tests/bench/client-report.ts';
import { benchModes, measuredModes } from '../../tests/bench/modes-bench.ts';
import { formatModes, ratioOf } from '../../tests/bench/modes-report.ts';
import { benchRelay, formatRelayReport } from '../../tests/bench/relay-bench.ts';
import { ensureBaseImage } from '../../tests/lab/base-image.ts';
import { bringDown } from '../../tests/lab/down.ts';
import { Lab } from '../../tests/lab/lab.ts';
import { takeLock } from '../../tests/lab/lock.ts';
import { installMissingPackages, requireRootOnDebian } from '../../tests/lab/prerequisites.ts';
import { progressTo, silent } from '../../tests/lab/progress.ts';
import { bringUp } from '../../tests/lab/up.ts';

/*
 * `npm run bench -- client`: Viaduct's libvirt client beside virsh, against a real libvirtd with thousands of guests.
 * `npm run bench -- relay`: what could carry a guest through this machine, between the two hosts of the lab.
 * `npm run bench -- modes`: one guest moved by Viaduct and by virsh, in every mode.
 * Prints a table and keeps every measurement as JSON. Leaves nothing else behind; Ctrl+C ends it at once.
 */

const usage = `Usage: npm run bench -- client [--guests 1000,5000,10000] [--pairs 5] [--out FILE]
       npm run bench -- relay [--mebibytes 512] [--pairs 5] [--out FILE]      in a lab that is up
       npm run bench -- modes [--modes plain,native-tls,tunnelled,ssh-relay] [--pairs 5] [--out FILE]

  --guests   sizes of the hosts, separated by commas
  --mebibytes what is carried each time
  --modes    those to measure, separated by commas
  --pairs    how often each thing is measured, in turn with what it is compared with; the medians count
  --out      where the measurements are kept as JSON; default docs/benchmarks/ and its name
`;
const root = join(import.meta.dirname, '..', '..');
const progress = progressTo(process.stderr);

const subjects = ['client', 'relay', 'modes'] as const;
type Subject = (typeof subjects)[number];

interface Request {
  subject: Subject;
  guests: number[];
  mebibytes: number;
  modes: (typeof measuredModes)[number][];
  pairs: number;
  out: string;
}

function readRequest(args: string[]): Request {
  const options = {
    guests: { type: 'string', default: '1000,5000,10000' },
    pairs: { type: 'string', default: '5' },
    mebibytes: { type: 'string', default: '512' },
    modes: { type: 'string', default: measuredModes.join(',') },
    out: { type: 'string' },
  } as const;
  const { values, positionals } = parseOrRefuse(() => parseArgs({ args, options, allowPositionals: true }));
  const subject = subjects.find((name) => name === positionals[0]);
  if (positionals.length !== 1 || subject === undefined) throw new BadInputError('bench-usage', usage);
  const modes = measuredModes.filter((mode) => values.modes.split(',').includes(mode));
  if (modes.length === 0)
    throw new BadInputError('bench-usage', `--modes takes ${measuredModes.join(', ')}.`);
  return {
    subject,
    modes,
    mebibytes: wholeNumber('--mebibytes', values.mebibytes, 65_536),
    guests: values.guests.split(',').map((text) => wholeNumber('--guests', text, 16_384)),
    pairs: wholeNumber('--pairs', values.pairs, 1000),
    out: values.out ?? join(root, 'docs', 'benchmarks', `${subject}.json`),
  };
}

function parseOrRefuse<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new BadInputError('bench-usage', `${messageOf(cause)}\n${usage}`, { cause });
  }
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most)
    throw new BadInputError('bench-usage', `${option} takes whole numbers from 1 to ${most}.`);
  return value;
}

async function bench(args: string[], signal: AbortSignal): Promise<void> {
  const request = readRequest(args);
  await requireRootOnDebian();
  const about = {
    command: ['npm run bench --', ...args].join(' '),
    machine: machine(),
    date: new Date().toISOString(),
  };
  const { report, text } = await measure[request.subject](request, signal);
  await mkdir(dirname(request.out), { recursive: true });
  const kept = JSON.stringify({ benchmark: request.subject, ...about, ...report });
  await writeFile(request.out, await format(kept, { parser: 'json', printWidth: 110 }));
  process.stdout.write(`\n${text}\nEvery measurement: ${request.out}\n`);
}

/** What is kept beside what is known of every run, and what is shown. */
interface Outcome {
  report: object;
  text: string;
}

async function client({ guests, pairs }: Request, signal: AbortSignal): Promise<Outcome> {
  // The tests of the lab and a measurement would spoil each other.
  await using held = new AsyncDisposableStack();
  held.use(await takeLock('bench client'));
  await installMissingPackages(progress);
  const { root: baseRoot } = await ensureBaseImage(progress);
  const result = await benchClient({ baseRoot, guests, pairs, progress, signal });
  const report = { versions: await versions(baseRoot), growth: growthOf(result.inventory), ...result };
  return { report, text: formatReport(report) };
}

async function relay({ mebibytes, pairs }: Request, signal: AbortSignal): Promise<Outcome> {
  await using held = new AsyncDisposableStack();
  held.use(await takeLock('bench relay'));
  const carriers = await benchRelay({ mebibytes, rounds: pairs, progress, signal });
  const ssh = spawnSync('ssh', ['-V'], { encoding: 'utf8' }).stderr.trim();
  const report = { versions: { node: process.versions.node, ssh }, mebibytes, rounds: pairs, carriers };
  return { report, text: formatRelayReport(carriers) };
}

async function modes(request: Request, signal: AbortSignal): Promise<Outcome> {
  await using held = new AsyncDisposableStack();
  held.use(await takeLock('bench modes'));
  const { root: baseRoot } = await ensureBaseImage(progress);
  if (await bringUp(progress)) held.defer(() => bringDown(silent));
  const lab = await Lab.attach();
  await lab.reset();
  const { pairs } = request;
  const figures = await benchModes({ lab, baseRoot, pairs, modes: request.modes, progress, signal });
  const ratios = Object.fromEntries(figures.map((one) => [one.mode, ratioOf(one)]));
  return {
    report: { versions: await versions(baseRoot), pairs, ratios, figures },
    text: formatModes(figures),
  };
}

const measure: Record<Subject, (request: Request, signal: AbortSignal) => Promise<Outcome>> = {
  client,
  relay,
  modes,
};

async function versions(baseRoot: string): Promise<ClientBenchReport['versions']> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const query = ['-W', '-f', '${Version}', `--admindir=${join(baseRoot, 'var/lib/dpkg')}`, 'libvirt-clients'];
  const libvirt = execFileSync('dpkg-query', query, { encoding: 'utf8' });
  return { viaduct: version, node: process.versions.node, libvirt };
}

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort());
try {
  await bench(process.argv.slice(2), interruption.signal);
} catch (error) {
  const interrupted = interruption.signal.aborted;
  process.stderr.write(`${interrupted ? 'The measurement was interrupted.' : messageOf(error)}\n`);
  process.exitCode = error instanceof BadInputError ? 2 : 1;
}

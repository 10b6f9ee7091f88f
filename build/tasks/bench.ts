import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { messageOf, BadInputError } from '../../electron/common/errors.ts';
import { benchClient } from '../../tests/bench/client-bench.ts';
import { type ClientBenchReport, formatReport, growthOf, machine } from '../../tests/bench/client-report.ts';
import { ensureBaseImage } from '../../tests/lab/base-image.ts';
import { takeLock } from '../../tests/lab/lock.ts';
import { installMissingPackages, requireRootOnDebian } from '../../tests/lab/prerequisites.ts';
import { progressTo } from '../../tests/lab/progress.ts';

/*
 * `npm run bench -- client`: Viaduct's libvirt client beside virsh, against a real libvirtd with thousands of guests.
 * Prints a table and keeps every measurement as JSON. Leaves nothing else behind; Ctrl+C ends it at once.
 */

const usage = `Usage: npm run bench -- client [--guests 1000,5000,10000] [--pairs 5] [--out FILE]

  --guests   sizes of the hosts, separated by commas
  --pairs    how often each thing is measured, in turn with virsh; the medians count
  --out      where the measurements are kept as JSON; default docs/benchmarks/client.json
`;
const root = join(import.meta.dirname, '..', '..');
const progress = progressTo(process.stderr);

interface Request {
  guests: number[];
  pairs: number;
  out: string;
}

function readRequest(args: string[]): Request {
  const options = {
    guests: { type: 'string', default: '1000,5000,10000' },
    pairs: { type: 'string', default: '5' },
    out: { type: 'string', default: join(root, 'docs', 'benchmarks', 'client.json') },
  } as const;
  const { values, positionals } = parseOrRefuse(() => parseArgs({ args, options, allowPositionals: true }));
  if (positionals.length !== 1 || positionals[0] !== 'client') throw new BadInputError('bench-usage', usage);
  return {
    guests: values.guests.split(',').map((text) => wholeNumber('--guests', text, 16_384)),
    pairs: wholeNumber('--pairs', values.pairs, 1000),
    out: values.out,
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
  const { guests, pairs, out } = readRequest(args);
  await requireRootOnDebian();
  // The tests of the lab and a measurement would spoil each other.
  await using held = new AsyncDisposableStack();
  held.use(await takeLock('bench client'));
  await installMissingPackages(progress);
  const { root: baseRoot } = await ensureBaseImage(progress);
  const about = { machine: machine(), date: new Date().toISOString() };
  const result = await benchClient({ baseRoot, guests, pairs, progress, signal });
  const report: ClientBenchReport = {
    benchmark: 'client',
    command: ['npm run bench --', ...args].join(' '),
    ...about,
    versions: await versions(baseRoot),
    growth: growthOf(result.inventory),
    ...result,
  };
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, await format(JSON.stringify(report), { parser: 'json', printWidth: 110 }));
  process.stdout.write(`\n${formatReport(report)}\nEvery measurement: ${out}\n`);
}

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

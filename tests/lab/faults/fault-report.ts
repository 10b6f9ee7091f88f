import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { markdownTable, writeMarkdownPage } from '../support/markdown-page.ts';
import type { FaultReport } from './one-fault.ts';
import { violations, type Violation } from './oracles.ts';

export interface FaultsReport {
  benchmark: 'faults';
  command: string;
  date: string;
  faults: FaultReport[];
}

type Column = 'injected' | Violation;

const columns: readonly Column[] = ['injected', ...violations];

function isIn(column: Column, { seen }: FaultReport): boolean {
  return column === 'injected' || seen.some(({ violation }) => violation === column);
}

/** "managed native-tls, memory: libvirtd killed on the source, brief" */
function partsOf({ name }: FaultReport): { way: string; moment: string; fault: string } {
  const [, way = '', moment = '', fault = ''] = /^(.*?), (.*?): (.*)$/.exec(name) ?? [];
  return { way, moment, fault };
}

const isOpen = (report: FaultReport): boolean => {
  const { way, moment } = partsOf(report);
  return way.startsWith('managed') && /^(perform reply|finish call|finish reply|confirm call)$/.test(moment);
};

function table(what: string, groups: Map<string, FaultReport[]>): string[] {
  const rows = [...groups].map(([group, reports]) => [
    group,
    ...columns.map((column) => String(reports.filter((report) => isIn(column, report)).length)),
  ]);
  return markdownTable([what, ...columns], rows);
}

/** Renders what was injected as the page of the docs. */
export async function writeFaultTable(file: string, reports: readonly FaultReport[]): Promise<void> {
  const different = new Set(reports.map(({ name }) => name)).size;
  const open = reports.filter(isOpen).length;
  await writeMarkdownPage(file, [
    '# Faults, injected',
    '',
    'Made by `npm run faults`, not by hand; every fault is in benchmarks/faults*.json. Each is one',
    'migration between the two hosts of the lab, stopped at one point, where one thing was broken for real. Afterwards: exactly one',
    'host runs the guest by virsh on both; no number was counted on both hosts by its serial consoles; it was never seen to run',
    'where it had been given up; its memory is intact; what was told is true; nothing is left; and where it stayed, the same request',
    'moves it. "brief" lasts six seconds. A run that was killed, or could not know, is settled by `viaduct recover`.',
    '',
    'Gathered over more than one version of the program. A fault that ended in a violation is injected again once that is',
    'mended, and counts as it then ends; what was found so far stands in [ADR 27](adr/0027-faults-on-purpose.md).',
    '',
    `${reports.length} faults, ${different} of them different, ${open} between perform and confirm of a managed migration.`,
    '',
    ...table('all', new Map([['all', [...reports]]])),
    '',
    ...table(
      'way',
      Map.groupBy(reports, (report) => partsOf(report).way),
    ),
    '',
    ...table(
      'moment',
      Map.groupBy(reports, (report) => partsOf(report).moment),
    ),
    '',
    ...table(
      'fault',
      Map.groupBy(reports, (report) => partsOf(report).fault),
    ),
    '',
  ]);
}

export async function readFaults(file: string): Promise<FaultReport[]> {
  return (JSON.parse(await readFile(file, 'utf8')) as FaultsReport).faults;
}

/** What all shards have kept in a folder. */
export async function allKeptIn(folder: string): Promise<FaultReport[]> {
  const files = (await readdir(folder))
    .filter((name) => /^faults(-\d+-of-\d+)?\.json$/.test(name))
    .toSorted();
  return (await Promise.all(files.map((name) => readFaults(join(folder, name))))).flat();
}

/** Takes the place of the file at once, which is whole at any moment. */
export async function keepFaults(file: string, faults: readonly FaultReport[]): Promise<void> {
  const report: FaultsReport = {
    benchmark: 'faults',
    command: 'npm run faults',
    date: new Date().toISOString(),
    faults: [...faults],
  };
  const draft = `${file}.new`;
  await writeFile(draft, await format(JSON.stringify(report), { parser: 'json', printWidth: 110 }));
  await rename(draft, file);
}

import { spawn } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun } from '../lab/command.ts';
import { LabError } from '../lab/errors.ts';
import { leaderOf } from '../lab/host.ts';
import { allHosts, type HostLayout, hosts } from '../lab/layout.ts';
import type { Progress } from '../lab/progress.ts';
import { waitFor } from '../lab/wait-for.ts';
import {
  type Carrying,
  defaultForwards,
  direct,
  type EventLoopDelays,
  type Places,
  relay,
  throughSsh2,
  withPlaces,
} from './relay-carriers.ts';
import { median, rounded, sum } from './statistics.ts';

export interface RelayBenchOptions {
  mebibytes: number;
  /** How often each carrier is measured, in turn; the medians count. */
  rounds: number;
  progress: Progress;
  signal: AbortSignal;
}

export interface CarrierResult {
  name: string;
  mebibytesPerSecond: number[];
  /** To the default forwards of the same round. */
  ratios: number[];
  /** Of all ssh processes at both ends and here, per GiB: what noise of the machine disturbs least. */
  cpuSecondsPerGibibyte: number[];
  /** Of the thread that answers the screen; the worst round. */
  eventLoop: EventLoopDelays | undefined;
}

const carriers: readonly [string, (places: Places) => Promise<Carrying>][] = [
  ['two default OpenSSH forwards', defaultForwards],
  ['the relay: OpenSSH, AES-GCM first', relay],
  ['ssh2 in process', throughSsh2('thread')],
  ['ssh2 in a worker', throughSsh2('worker')],
  ['source to destination with a key', direct],
];

const transferTimeoutMs = 600_000;
const mebibyte = 1024 ** 2;

interface Measurement {
  mebibytesPerSecond: number;
  cpuSeconds: number;
  eventLoop: EventLoopDelays | undefined;
}

/** Carries the same bytes by every carrier in turn; each round begins with another one. The lab has to be up. */
export async function benchRelay(options: RelayBenchOptions): Promise<CarrierResult[]> {
  const leaders = await findLeaders();
  const measured = carriers.map((): Measurement[] => []);
  const inTurn = [...carriers.entries()];
  for (let round = 0; round < options.rounds; round++) {
    for (const [index, [name, open]] of inTurn) {
      options.signal.throwIfAborted();
      const step = `${name}, round ${round + 1} of ${options.rounds}`;
      measured[index]?.push(await options.progress.step(step, () => measure(open, leaders, options)));
    }
    // The next round begins with another one.
    inTurn.push(...inTurn.splice(0, 1));
  }
  const base = measured[0] ?? [];
  return carriers.map(([name], index) => resultOf(name, measured[index] ?? [], base, options.mebibytes));
}

function resultOf(
  name: string,
  runs: readonly Measurement[],
  base: readonly Measurement[],
  mebibytes: number,
): CarrierResult {
  const worst = runs
    .map(({ eventLoop }) => eventLoop)
    .toSorted((a, b) => (b?.p99Ms ?? 0) - (a?.p99Ms ?? 0))[0];
  return {
    name,
    mebibytesPerSecond: runs.map((run) => rounded(run.mebibytesPerSecond)),
    ratios: runs.map((run, round) =>
      rounded(run.mebibytesPerSecond / (base[round]?.mebibytesPerSecond ?? NaN)),
    ),
    cpuSecondsPerGibibyte: runs.map(({ cpuSeconds }) => rounded((cpuSeconds * 1024) / mebibytes)),
    eventLoop: worst && {
      medianMs: rounded(worst.medianMs),
      p99Ms: rounded(worst.p99Ms),
      maxMs: rounded(worst.maxMs),
    },
  };
}

async function findLeaders(): Promise<ReadonlyMap<HostLayout, number>> {
  const found = await Promise.all(allHosts.map(async (host) => [host, await leaderOf(host)] as const));
  return new Map(
    found.map(([host, leader]) => {
      if (leader !== undefined) return [host, leader];
      throw new LabError('lab-not-up', 'The lab is not up.', { remedy: 'Run: npm run lab -- up' });
    }),
  );
}

function measure(
  open: (places: Places) => Promise<Carrying>,
  leaders: ReadonlyMap<HostLayout, number>,
  { mebibytes, signal }: RelayBenchOptions,
): Promise<Measurement> {
  const here = join(tmpdir(), `viaduct-bench-${process.pid}`);
  return withPlaces(leaders, here, async (places) => {
    const before = await cpuSecondsOfSsh(leaders);
    const carrying = await open(places);
    let eventLoop: EventLoopDelays | undefined;
    try {
      const sink = await startSink(places.seen(hosts.beta, carrying.destination), mebibytes);
      try {
        const source = places.seen(hosts.alpha, carrying.source);
        const said = await mustRun(endOf('source', source, mebibytes), {
          signal,
          timeoutMs: transferTimeoutMs,
        });
        const cpuSeconds = spent(before, await cpuSecondsOfSsh(leaders));
        const mebibytesPerSecond = mebibytes / (Number(said) / 1000);
        eventLoop = await carrying.stop();
        return { mebibytesPerSecond, cpuSeconds, eventLoop };
      } finally {
        sink.kill();
      }
    } catch (error) {
      await carrying.stop();
      throw error;
    }
  });
}

function endOf(what: 'sink' | 'source', path: string, mebibytes: number): string[] {
  const file = join(import.meta.dirname, 'relay-ends.ts');
  return [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    file,
    what,
    path,
    `${mebibytes * mebibyte}`,
  ];
}

async function startSink(path: string, mebibytes: number): Promise<{ kill(): void }> {
  const [program = '', ...args] = endOf('sink', path, mebibytes);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let isReady = false;
  child.stdout.once('data', () => (isReady = true));
  await waitFor('the sink listens', () => Promise.resolve(isReady || undefined), {
    timeoutMs: 20_000,
    intervalMs: 20,
  });
  return { kill: () => void child.kill() };
}

/** Processor seconds so far of each ssh, sshd and ssh2 process that is on the hosts or here, by process id. */
async function cpuSecondsOfSsh(leaders: ReadonlyMap<HostLayout, number>): Promise<Map<string, number>> {
  const ours = await Promise.all(['self', ...leaders.values()].map((pid) => readlink(`/proc/${pid}/ns/net`)));
  const seconds = new Map<string, number>();
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      const name = /\((.*)\)/.exec(stat)?.[1] ?? '';
      const isCarrier =
        name === 'ssh' ||
        name === 'sshd' ||
        (await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes('relay-ssh2.ts');
      if (!isCarrier || !ours.includes(await readlink(`/proc/${pid}/ns/net`))) continue;
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // utime and stime of proc(5), in hundredths of a second.
      seconds.set(pid, (Number(fields[11]) + Number(fields[12])) / 100);
    } catch {
      // It ended meanwhile.
    }
  }
  return seconds;
}

/** What those that are still there have used since; what ended in between belongs to the carrier before. */
function spent(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number {
  return sum([...after].map(([pid, seconds]) => seconds - (before.get(pid) ?? 0)));
}

/** Medians, and whether the aim is met. */
export function formatRelayReport(results: readonly CarrierResult[]): string {
  const lines = results.map(({ name, mebibytesPerSecond, ratios, cpuSecondsPerGibibyte, eventLoop }) =>
    [
      name.padEnd(36),
      median(mebibytesPerSecond).toFixed(1).padStart(8),
      median(ratios).toFixed(2).padStart(7),
      median(cpuSecondsPerGibibyte).toFixed(1).padStart(9),
      eventLoop === undefined
        ? ''
        : `  ${eventLoop.p99Ms.toFixed(0)} ms, ${eventLoop.maxMs.toFixed(0)} ms at most`,
    ].join(''),
  );
  const head = `${'carrier'.padEnd(36)}${'MiB/s'.padStart(8)}${'ratio'.padStart(7)}${'CPU s/GiB'.padStart(10)}  event loop late, p99`;
  const reached = median(results[1]?.ratios ?? [NaN]);
  const verdict = reached >= relayAim ? 'met    ' : 'missed ';
  return [
    head,
    ...lines,
    '',
    `${verdict} the relay at least ${relayAim} times the default forwards: ${reached}`,
  ].join('\n');
}

export const relayAim = 1.3;

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cgroupOf } from '../lab/cgroups.ts';
import { LabError } from '../lab/errors.ts';
import { hosts, type HostName, type Lab } from '../lab/lab.ts';
import type { Progress } from '../lab/progress.ts';
import { expectRunsOn, guestLine, otherHost } from '../lab/support/guest-proof.ts';
import { type CountedResult, countedProcess, cpuMsOf } from './counted-process.ts';
import { workstationVirsh } from './workstation-virsh.ts';

export const measuredModes = ['plain', 'native-tls', 'tunnelled', 'ssh-relay'] as const;
export type MeasuredMode = (typeof measuredModes)[number];

/** What one move took. */
export interface MoveFigures {
  /** From the first call of the migration to its end, without checks beforehand and with both connections open. */
  durationMs: number;
  /** As the hosts measured it. */
  downtimeMs: number;
  /** Processor time while it was under way, of everything on the host, and of the program that drove it. */
  cpuMs: { source: number; destination: number; workstation: number };
  /** Of the program: its start, its checks and the move. */
  wholeMs: number;
}

export interface ModeFigures {
  mode: MeasuredMode;
  viaduct: MoveFigures[];
  /** Absent where libvirt's own client knows no such mode. */
  virsh?: MoveFigures[];
}

export interface ModesBench {
  lab: Lab;
  baseRoot: string;
  /** So many moves of each, in turn. */
  pairs: number;
  modes: readonly MeasuredMode[];
  progress: Progress;
  signal: AbortSignal;
}

const guest = 'web01';
const viaductArgs: Record<MeasuredMode, readonly string[]> = {
  plain: ['--mode', 'plain', '--allow-plaintext'],
  'native-tls': ['--mode', 'native-tls'],
  tunnelled: ['--mode', 'tunnelled'],
  'ssh-relay': ['--mode', 'ssh-relay'],
};
const virshArgs: Partial<Record<MeasuredMode, readonly string[]>> = {
  plain: [],
  'native-tls': ['--tls'],
  tunnelled: ['--p2p', '--tunnelled'],
};

/**
 * Moves one guest to and fro, by Viaduct and by virsh in turn, mode after mode. After each move the guest has to run on
 * where it was moved to, and nowhere else.
 */
export async function benchModes(bench: ModesBench): Promise<ModeFigures[]> {
  const figures: ModeFigures[] = [];
  let at: HostName = 'alpha';
  const move = async (by: Mover, mode: MeasuredMode): Promise<MoveFigures> => {
    bench.signal.throwIfAborted();
    const before = await guestLine(bench.lab, guest, at);
    const found = await measured(at, () => by(bench, mode, at));
    at = otherHost(at);
    await expectRunsOn(bench.lab, at, guest, before);
    return found;
  };
  await bench.progress.step('once there and back, not measured', async () => {
    // A machine that lends its memory page by page is slow with what nobody has used yet; that is nobody's time.
    for (let count = 0; count < 2; count++) await move(byViaduct, 'plain');
  });
  for (const mode of bench.modes) {
    await bench.progress.step(`${mode}, ${bench.pairs} times`, async () => {
      const found: ModeFigures = { mode, viaduct: [], ...(virshArgs[mode] && { virsh: [] }) };
      for (let pair = 0; pair < bench.pairs; pair++) {
        // Each drives as often in either direction, and as often first.
        const turns: ('viaduct' | 'virsh')[] = pair % 2 === 0 ? ['viaduct', 'virsh'] : ['virsh', 'viaduct'];
        for (const turn of turns) {
          if (turn === 'viaduct') found.viaduct.push(await move(byViaduct, mode));
          else found.virsh?.push(await move(byVirsh, mode));
        }
      }
      figures.push(found);
    });
  }
  return figures;
}

type Mover = (bench: ModesBench, mode: MeasuredMode, from: HostName) => Promise<Moved>;

interface Moved {
  durationMs: number;
  downtimeMs: number;
  process: CountedResult;
}

async function measured(from: HostName, move: () => Promise<Moved>): Promise<MoveFigures> {
  const cgroups = await Promise.all([from, otherHost(from)].map((name) => cgroupOf(hosts[name].machine)));
  const before = await Promise.all(cgroups.map(cpuMsOf));
  const { durationMs, downtimeMs, process } = await move();
  const after = await Promise.all(cgroups.map(cpuMsOf));
  const [source = 0, destination = 0] = after.map((value, index) => value - (before[index] ?? 0));
  return {
    durationMs: Math.round(durationMs),
    downtimeMs,
    cpuMs: {
      source: Math.round(source),
      destination: Math.round(destination),
      workstation: Math.round(process.cpuMs),
    },
    wholeMs: Math.round(process.wallMs),
  };
}

const entrance = join(import.meta.dirname, '..', '..', 'build', 'tasks', 'viaduct.ts');

async function byViaduct({ lab, signal }: ModesBench, mode: MeasuredMode, from: HostName): Promise<Moved> {
  const run = await ofViaduct(['migrate', guest, ...ends(lab, from), ...viaductArgs[mode]], signal);
  const last = JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>;
  const { outcome, totalMs, downtimeMs } = last;
  if (outcome !== 'migrated' || typeof totalMs !== 'number' || typeof downtimeMs !== 'number') {
    throw new LabError('lab-command-failed', `Viaduct did not move ${guest}: ${run.stdout}${run.stderr}`);
  }
  return { durationMs: totalMs, downtimeMs, process: run };
}

function ends(lab: Lab, from: HostName): string[] {
  return ['--source', lab.sshUri(from), '--destination', lab.sshUri(otherHost(from))];
}

async function ofViaduct(args: readonly string[], signal: AbortSignal): Promise<CountedResult> {
  const home = await mkdtemp(join(tmpdir(), 'viaduct-bench-'));
  try {
    const argv = [process.execPath, '--disable-warning=ExperimentalWarning', entrance, ...args, '--json'];
    return await countedProcess(argv, { signal, timeoutMs: 300_000, env: { VIADUCT_HOME: home } });
  } finally {
    await rm(home, { recursive: true });
  }
}

/**
 * Viaduct's checks alone, before virsh moves. What the hosts were doing right before tells in the move: memory that the
 * last one freed, and that nobody took back yet, is there faster. So both begin after the same.
 */
async function checked({ lab, signal }: ModesBench, mode: MeasuredMode, from: HostName): Promise<void> {
  const run = await ofViaduct(['preflight', guest, ...ends(lab, from), ...viaductArgs[mode]], signal);
  if (run.exitCode !== 0) {
    throw new LabError('lab-command-failed', `${guest} cannot be moved: ${run.stdout}${run.stderr}`);
  }
}

async function byVirsh(bench: ModesBench, mode: MeasuredMode, from: HostName): Promise<Moved> {
  const { lab } = bench;
  const to = otherHost(from);
  const how = virshArgs[mode] ?? [];
  // In peer-to-peer the source's daemon goes there by itself.
  const isManaged = !how.includes('--p2p');
  const destination = isManaged ? lab.sshUri(to) : `qemu+tls://${hosts[to].fqdn}/system`;
  // virsh opens its connection to the destination within the command; Viaduct's figure begins with both open.
  const opening = isManaged ? (await timedVirsh(bench, ['connect', destination])).timeMs : 0;
  await checked(bench, mode, from);
  const { timeMs, process } = await timedVirsh(bench, [
    ...['--connect', lab.sshUri(from), 'migrate', '--live', '--persistent', '--undefinesource'],
    ...[...how, guest, destination],
  ]);
  const completed = await lab.virsh(to, ['domjobinfo', guest, '--completed']);
  const downtimeMs = Number(/^Total downtime:\s+(\d+)\s+ms$/m.exec(completed)?.[1] ?? NaN);
  return { durationMs: timeMs - opening, downtimeMs, process };
}

async function timedVirsh(
  { baseRoot, signal }: ModesBench,
  args: readonly string[],
): Promise<{ timeMs: number; process: CountedResult }> {
  const process = await workstationVirsh(baseRoot, args, signal);
  const timeMs = Number(/^\(Time: ([\d.]+) ms\)$/m.exec(process.stdout)?.[1]);
  if (process.exitCode !== 0 || !(timeMs > 0)) {
    throw new LabError('lab-command-failed', `virsh failed: ${process.stdout}${process.stderr}`);
  }
  return { timeMs, process };
}

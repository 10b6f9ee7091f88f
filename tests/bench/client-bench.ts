import { join } from 'node:path';
import { mustRun } from '../lab/command.ts';
import { LabError } from '../lab/errors.ts';
import type { Progress } from '../lab/progress.ts';
import type { ClientSession } from './client-session.ts';
import { type PrivateDaemon, startPrivateDaemon } from './private-daemon.ts';
import { alternate, median, rounded, sum } from './statistics.ts';
import { guestName, testNode } from './test-node.ts';
import { type VirshSession, virshSession } from './virsh-session.ts';

export interface ClientBenchOptions {
  /** File system with libvirt and virsh; it is not changed. */
  baseRoot: string;
  /** Sizes of the hosts; the growth is from the smallest to the largest. */
  guests: readonly number[];
  /** Pairs of measurements, of which the medians count. */
  pairs: number;
  progress: Progress;
  signal: AbortSignal;
}

/** Times in milliseconds, of every run, in order. */
export interface InventoryResult {
  guests: number;
  roundTrips: number;
  /** The first inventory of a new process, over an open connection. */
  viaduct: number[];
  /** Later ones over the same connection. */
  viaductAgain: number[];
  /** `virsh list --all`: names and states. */
  virshList: number[];
  /** `virsh list --all --name` and `virsh domstats --state`: the same in two bulk calls. */
  virshBulk: number[];
  /** Whole processes, from start to end, opening included. */
  wall: { viaduct: number[]; virsh: number[] };
}

export interface CallsResult {
  calls: number;
  /** Names looked up and their states asked for, as many at a time as the client allows. */
  viaduct: number[];
  /** The same, each when the one before it is answered. */
  viaductInTurn: number[];
  /** The sum of what virsh says each of its `domstate` took. */
  virsh: number[];
}

export interface ClientBenchResult {
  inventory: InventoryResult[];
  calls: CallsResult;
}

const SESSION_TIMEOUT_MS = 300_000;
const sessionFile = join(import.meta.dirname, 'client-session.ts');

/** Measures the client beside virsh, both over the same daemon's unix socket, in turn. */
export async function benchClient(options: ClientBenchOptions): Promise<ClientBenchResult> {
  const { baseRoot, guests, progress, signal } = options;
  const files = Object.fromEntries(guests.map((count) => [fileOf(count), testNode(count)]));
  await using daemon = await startPrivateDaemon(baseRoot, files);
  const inventory: InventoryResult[] = [];
  for (const count of guests) {
    signal.throwIfAborted();
    inventory.push(
      await progress.step(`inventory of ${count} guests`, () => inventoryOf(daemon, count, options)),
    );
  }
  const most = Math.max(...guests);
  const calls = await progress.step(`${most} times the state of one guest`, () =>
    callsOf(daemon, most, options),
  );
  return { inventory, calls };
}

const fileOf = (guests: number): string => `node-${guests}.xml`;
const nameOf = (guests: number): string => `test+unix:///srv/${fileOf(guests)}`;

async function inventoryOf(
  daemon: PrivateDaemon,
  guests: number,
  { pairs, signal }: ClientBenchOptions,
): Promise<InventoryResult> {
  const commands = ['list --all', 'list --all --name', 'domstats --state'];
  const { first: ours, second: theirs } = await alternate(
    pairs,
    () => clientSession(daemon, 'inventory', guests, signal),
    async () => {
      const session = await virshSession(daemon, nameOf(guests), commands, signal);
      requireEvery(session, guests);
      const listOnly = await virshSession(daemon, nameOf(guests), commands.slice(0, 1), signal);
      return { ...session, wallMs: listOnly.wallMs };
    },
  );
  return {
    guests,
    roundTrips: Math.max(...ours.map(({ roundTrips }) => roundTrips)),
    viaduct: ours.map(({ firstMs }) => rounded(firstMs)),
    viaductAgain: ours.map(({ againMs }) => rounded(median(againMs))),
    virshList: theirs.map(({ commandMs }) => commandMs[0] ?? NaN),
    virshBulk: theirs.map(({ commandMs }) => rounded(sum(commandMs.slice(1)))),
    wall: {
      viaduct: ours.map(({ wallMs }) => rounded(wallMs)),
      virsh: theirs.map(({ wallMs }) => rounded(wallMs)),
    },
  };
}

async function callsOf(
  daemon: PrivateDaemon,
  guests: number,
  { pairs, signal }: ClientBenchOptions,
): Promise<CallsResult> {
  const commands = Array.from({ length: guests }, (_, number) => `domstate ${guestName(number)}`);
  const { first: ours, second: theirs } = await alternate(
    pairs,
    async () => [
      await clientSession(daemon, 'calls', guests, signal),
      await clientSession(daemon, 'callsInTurn', guests, signal),
    ],
    () => virshSession(daemon, nameOf(guests), commands, signal),
  );
  const firstOf = (at: number): number[] => ours.map((sessions) => rounded(sessions[at]?.firstMs ?? NaN));
  return {
    calls: guests,
    viaduct: firstOf(0),
    viaductInTurn: firstOf(1),
    virsh: theirs.map(({ commandMs }) => rounded(sum(commandMs))),
  };
}

/** A new process of our client. */
async function clientSession(
  daemon: PrivateDaemon,
  what: 'inventory' | 'calls' | 'callsInTurn',
  guests: number,
  signal: AbortSignal,
): Promise<ClientSession & { wallMs: number }> {
  const uri = `${nameOf(guests)}?socket=${daemon.socket}`;
  const argv = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    sessionFile,
    uri,
    what,
    `${guests}`,
  ];
  const begin = performance.now();
  const stdout = await mustRun(argv, { signal, timeoutMs: SESSION_TIMEOUT_MS });
  const session = JSON.parse(stdout) as ClientSession;
  const again = sum(session.againMs);
  return { ...session, wallMs: performance.now() - begin - again };
}

/** A virsh that lists less than there is must not count as fast. */
function requireEvery({ stdout }: VirshSession, guests: number): void {
  const states = stdout.match(/^ +(?:\d+|-) +guest-\d+ +running$/gm)?.length ?? 0;
  const bulk = stdout.match(/^ +state\.state=1$/gm)?.length ?? 0;
  if (states !== guests || bulk !== guests) {
    throw new LabError('lab-command-failed', `virsh listed ${states} and ${bulk} of ${guests} guests.`);
  }
}

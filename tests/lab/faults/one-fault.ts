import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntilReady } from '../host.ts';
import { type HostName, hosts, type Lab, waitFor } from '../lab.ts';
import { otherHost } from '../support/guest-proof.ts';
import { viaduct, type JsonLine, type ViaductRun } from '../support/viaduct.ts';
import { type FaultCase, nameOf } from './draw.ts';
import { faultGuest } from './fault-guest.ts';
import type { Struck } from './fault.ts';
import type { MomentPacket, Side } from './moments.ts';
import {
  countedTwice,
  goesOn,
  leftBehind,
  leftoversOn,
  ranAgain,
  type Seen,
  verdictIsTrue,
} from './oracles.ts';
import type { Release } from './packet-gate.ts';
import { PeerGate } from './peer-gate.ts';
import { gateSocket, type RpcGate } from './rpc-gate.ts';
import { RunnerWatch } from './runner-watch.ts';

/** One fault, and what came of it. */
export interface FaultReport {
  name: string;
  /** What the run itself said in the end; absent where it was killed. */
  outcome?: string;
  /** What `viaduct recover` said, where it was needed. */
  recovered?: string;
  retried: boolean;
  /** Longest time between two looks at both hosts while both answered, in milliseconds. */
  longestGapMs: number;
  seconds: number;
  seen: Seen[];
}

export interface FaultBench {
  lab: Lab;
  gates: Record<HostName, RpcGate>;
  /** Another tree of the program than this one. */
  tree?: string;
}

const BRIEF_MS = 6000;
/** Beyond every limit of the engine. */
const END_MS = 300_000;
const guest = faultGuest.name;

/** Slow enough that a part of the memory is a moment. */
const slowly = ['--bandwidth', '16'];

/** Moves the guest from where it runs, breaks one thing at the case's moment, and holds the end to what it owes. */
export async function oneFault(bench: FaultBench, faultCase: FaultCase): Promise<FaultReport> {
  const { lab } = bench;
  const began = performance.now();
  const from = (await lab.whereRuns(guest)).alpha === 'running' ? 'alpha' : 'beta';
  const line = await waitFor(`${guest} counts on ${from}`, () => lab.guestCounter(from, guest), {
    timeoutMs: 40_000,
  });
  const leftovers = await leftoversOn(lab);
  const home = await mkdtemp(join(tmpdir(), 'viaduct-fault-'));
  const migration = new BrokenMigration(bench, faultCase, from, home);
  try {
    await using watch = new RunnerWatch(faultGuest.uuid);
    const run = await migration.run().catch((error: unknown) => String(error));
    const recovered = typeof run === 'string' ? undefined : await migration.recovered(run);
    const { runners, longestGapMs } = await watch.stop();
    const seen = [...ranAgain(runners), ...(await countedTwice(guest, line))];
    const now = await goesOn(lab, guest, line);
    seen.push(...now.seen);
    if (typeof run === 'string') seen.push({ violation: 'no end', what: run });
    else seen.push(...verdictIsTrue(recovered ?? run.result, from, now.on));
    const retried = seen.length === 0 && now.on === from;
    if (retried) seen.push(...(await migration.retry()));
    seen.push(...(await leftBehind(lab, leftovers)));
    return {
      name: nameOf(faultCase),
      ...outcomeOf('outcome', typeof run === 'string' ? undefined : run.result),
      ...outcomeOf('recovered', recovered),
      ...{ retried, longestGapMs: Math.round(longestGapMs) },
      ...{ seconds: Math.round((performance.now() - began) / 1000), seen },
    };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function outcomeOf<Key extends string>(key: Key, result: JsonLine | undefined): Partial<Record<Key, string>> {
  if (result === undefined) return {};
  const { code } = (result['error'] ?? {}) as { code?: string };
  const words = code === undefined ? String(result['outcome']) : `${String(result['outcome'])} (${code})`;
  return { [key]: words } as Partial<Record<Key, string>>;
}

/** Whether nothing is left for the next start to look at. */
function isSettled({ outcome, leftover, journalProblem }: JsonLine): boolean {
  return outcome !== 'stuck' && leftover !== true && journalProblem === undefined;
}

class BrokenMigration {
  readonly #bench: FaultBench;
  readonly #case: FaultCase;
  readonly #sides: Record<Side, HostName>;
  readonly #environment: NodeJS.ProcessEnv;
  /** The process group of the application, once it runs. */
  #application: number | undefined;

  constructor(bench: FaultBench, faultCase: FaultCase, from: HostName, home: string) {
    this.#bench = bench;
    this.#case = faultCase;
    this.#sides = { source: from, destination: otherHost(from) };
    this.#environment = { VIADUCT_HOME: home };
  }

  /** @returns how the program ended, with the fault taken away and both hosts answering again */
  async run(): Promise<ViaductRun> {
    const { moment } = this.#case;
    const release = Promise.withResolvers<Release>();
    const copying = Promise.withResolvers<undefined>();
    await using held = await this.#hold(moment.packet, release.promise);
    const ended = this.#migrate(moment.packet === undefined ? slowly : [], (line) => {
      if (line.type === 'progress' && Number(line['percent']) >= 30) copying.resolve(undefined);
    });
    const first = await Promise.race([held.packet ?? copying.promise, ended]);
    if (first !== undefined) throw new Error(`It ended before it was struck: ${first.stdout}${first.stderr}`);
    const struck = await this.#strike();
    release.resolve(struck.release ?? 'pass');
    using limit = this.#endsWithin(END_MS);
    if (this.#case.lasting === 'brief') await Promise.race([delay(BRIEF_MS), ended]);
    else if (this.#case.lasting === 'until the end') await ended;
    await struck.heal?.();
    await this.#ready();
    const run = await ended;
    if (limit.isOver()) throw new Error(`It did not end within ${END_MS} ms: ${run.stdout}${run.stderr}`);
    return run;
  }

  #endsWithin(ms: number): Disposable & { isOver: () => boolean } {
    let isOver = false;
    const timer = setTimeout(() => {
      isOver = true;
      if (this.#application !== undefined) process.kill(-this.#application, 'SIGKILL');
    }, ms);
    return { isOver: () => isOver, [Symbol.dispose]: () => clearTimeout(timer) };
  }

  /** What the next start says, where this one was killed, could not know, clear up, or write down its end. */
  async recovered({ result }: ViaductRun): Promise<JsonLine | undefined> {
    if (result !== undefined && isSettled(result)) return undefined;
    const { environment, tree } = this.#options();
    const run = await viaduct(['recover', '--json'], { environment, ...tree });
    return run.result ?? { type: 'result', outcome: `recover: ${run.stdout}${run.stderr}` };
  }

  /** The same request once more, and nothing done by hand. */
  async retry(): Promise<Seen[]> {
    const { result, stdout, stderr } = await this.#migrate([]);
    if (result?.['outcome'] === 'migrated') return [];
    return [{ violation: 'retry failed', what: `${stdout.slice(-2000)}${stderr}` }];
  }

  #migrate(args: readonly string[], onLine: (line: JsonLine) => void = () => undefined): Promise<ViaductRun> {
    const { mode, moment } = this.#case;
    const { source, destination } = this.#sides;
    const { environment, tree } = this.#options();
    const how = ['--mode', mode, '--control', moment.control, ...args];
    const ends = ['--source', this.#uri(source), '--destination', this.#uri(destination)];
    return viaduct(['migrate', guest, '--json', ...ends, ...how], {
      environment,
      ...tree,
      onStart: (group) => (this.#application = group),
      onLine,
    }).finally(() => (this.#application = undefined));
  }

  #options() {
    const { tree } = this.#bench;
    return { environment: this.#environment, tree: tree === undefined ? {} : { tree } };
  }

  #uri(host: HostName): string {
    return `${this.#bench.lab.sshUri(host)}&socket=${gateSocket}`;
  }

  async #strike(): Promise<Struck> {
    const { lab } = this.#bench;
    const application = this.#application;
    if (application === undefined) throw new Error('The application did not start.');
    return this.#case.fault.strike({ lab, guest, hosts: this.#sides, application });
  }

  async #hold(
    packet: MomentPacket | undefined,
    release: Promise<Release>,
  ): Promise<AsyncDisposable & { packet?: Promise<undefined> }> {
    await using opened = new AsyncDisposableStack();
    if (packet === undefined) return opened.move();
    const { source, destination } = this.#sides;
    const gate =
      packet.caller === 'peer'
        ? opened.use(await PeerGate.open(hosts[source], hosts[destination]))
        : this.#bench.gates[this.#sides[packet.side]];
    return Object.assign(opened.move(), { packet: gate.hold(packet, release) });
  }

  /** A daemon that was killed is started by systemd; a host that has booted has no gate. */
  async #ready(): Promise<void> {
    for (const name of Object.values(this.#sides)) {
      await waitUntilReady(hosts[name]);
      await this.#bench.gates[name].stand();
    }
  }
}

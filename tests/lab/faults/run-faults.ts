import { startGuest } from '../guests.ts';
import { type HostName, hosts, type Lab } from '../lab.ts';
import { silent } from '../progress.ts';
import { type FaultCase, nameOf } from './draw.ts';
import { faultGuest } from './fault-guest.ts';
import { type FaultReport, oneFault } from './one-fault.ts';
import { RpcGate } from './rpc-gate.ts';

export interface FaultRun {
  lab: Lab;
  cases: readonly FaultCase[];
  /** Another tree of the program than this one. */
  tree?: string;
  /** Ends it after the case under way. */
  signal?: AbortSignal;
  tell?: (report: FaultReport) => void | Promise<void>;
}

/** Goes through the cases, one after the other, on one guest. What a violation leaves does not count against the next. */
export async function runFaults({ lab, cases, tree, signal, tell }: FaultRun): Promise<FaultReport[]> {
  await using stage = new Stage(lab);
  const reports: FaultReport[] = [];
  for (const each of cases) {
    if (signal?.aborted === true) break;
    const gates = await stage.ready();
    const report = await oneFault({ lab, gates, ...(tree !== undefined && { tree }) }, each).catch(
      (error: unknown): FaultReport => ({
        ...{ name: nameOf(each), retried: false, longestGapMs: 0, seconds: 0 },
        seen: [{ violation: 'no end', what: String(error) }],
      }),
    );
    reports.push(report);
    if (report.seen.length > 0) stage.spoiled();
    await tell?.(report);
  }
  return reports;
}

/** Two hosts with a gate each, and a guest that runs on one of them. */
class Stage implements AsyncDisposable {
  readonly #lab: Lab;
  readonly #gates: Record<HostName, RpcGate> = {
    alpha: new RpcGate(hosts.alpha),
    beta: new RpcGate(hosts.beta),
  };
  #isSet = false;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  async ready(): Promise<Record<HostName, RpcGate>> {
    if (!this.#isSet) {
      await this.#lab.reset();
      await startGuest(faultGuest, silent);
      this.#isSet = true;
    }
    for (const gate of Object.values(this.#gates)) await gate.open();
    return this.#gates;
  }

  spoiled(): void {
    this.#isSet = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const gate of Object.values(this.#gates)) await gate[Symbol.asyncDispose]();
    await this.#lab.reset();
  }
}

import type { DomainRef } from '../../libvirt/index.ts';
import { jobTypes } from '../../libvirt/index.ts';
import type { Clock } from '../clock.ts';
import type { MigrationProgress } from '../outcome.ts';
import { readJobFigures } from '../progress/job-stats.ts';
import { advance } from '../progress/progress.ts';
import type { ProgressMemory } from '../progress/progress.ts';
import { type Stall, StallWatch } from '../progress/stall.ts';
import type { MigrationLimits } from './limits.ts';
import type { MigrationHost } from './migration-link.ts';
import { within } from './within.ts';

export interface WatchRequest {
  source: MigrationHost;
  dom: DomainRef;
  clock: Clock;
  limits: MigrationLimits;
  /** Whether Perform is to be aborted. */
  shouldAbort: () => boolean;
  /** Whether the guest was seen to run in post-copy. */
  inPostCopy: () => boolean;
  progress: (progress: MigrationProgress) => void;
  /** Told at every look while nothing moves. */
  stalled?: (stall: Stall) => void;
  /** Perform will not answer any more: its connection is to be given up. Absent where no answer is waited for. */
  giveUp?: () => void;
}

/**
 * Follows a running Perform over the control connection: reads statistics, and when the run is to turn back asks the
 * daemon to abort, again and again until Perform replies: an abort that came before QEMU began is easily overtaken.
 *
 * A Perform that works has no deadline, however large the guest. One that was aborted, or whose job is gone, has.
 */
export class PerformWatch {
  readonly #request: WatchRequest;
  readonly #over = new AbortController();
  #nudge = new AbortController();
  readonly #stalls: StallWatch;
  #memory: ProgressMemory | undefined;
  #abortedAtMs: number | undefined;
  #jobGoneAtMs: number | undefined;

  constructor(request: WatchRequest) {
    this.#request = request;
    this.#stalls = new StallWatch(request.clock.nowMs());
  }

  /** The newest picture; `undefined` when no statistics were had. */
  get progress(): MigrationProgress | undefined {
    return this.#memory?.progress;
  }

  async run(): Promise<void> {
    const { clock, limits } = this.#request;
    while (!this.#isOver()) {
      this.#nudge = new AbortController();
      try {
        await within(clock, limits.controlMs, 'the job’s statistics', (signal) => this.#once(signal));
      } catch {
        // Only Perform's reply counts; the next round asks again, over a new connection if it must.
      }
      if (this.#isOverdue()) this.#request.giveUp?.();
      this.#tellStall();
      await clock.sleep(limits.pollEveryMs, AbortSignal.any([this.#over.signal, this.#nudge.signal]));
    }
  }

  /** Looks at once whether to abort. */
  nudge(): void {
    this.#nudge.abort();
  }

  stop(): void {
    this.#over.abort();
  }

  async #once(signal: AbortSignal): Promise<void> {
    const { source, dom, clock, shouldAbort, inPostCopy, progress } = this.#request;
    const aborting = shouldAbort();
    if (aborting) this.#abortedAtMs ??= clock.nowMs();
    const link = await source.control(signal);
    if (this.#isOver()) return;
    if (aborting) {
      await link.abortJob(dom);
      return;
    }
    const { type, stats } = await link.jobStats(dom, 0);
    const isGone = type === jobTypes.none;
    this.#jobGoneAtMs = isGone ? (this.#jobGoneAtMs ?? clock.nowMs()) : undefined;
    if (isGone || this.#isOver()) return;
    const figures = readJobFigures(stats);
    const memory = advance(this.#memory, figures, clock.nowMs());
    const sentBytes = figures.memoryProcessedBytes + figures.diskProcessedBytes;
    const hasAll = figures.memoryRemainingBytes + figures.diskRemainingBytes === 0 && sentBytes > 0;
    this.#stalls.answered(sentBytes, hasAll, clock.nowMs());
    const postCopy = inPostCopy() ? { postCopyRequests: figures.postCopyRequests } : {};
    this.#memory = { ...memory, progress: { ...memory.progress, ...postCopy } };
    progress(this.#memory.progress);
  }

  #tellStall(): void {
    const { clock, progress, stalled: tell } = this.#request;
    const stalled = this.#stalls.at(clock.nowMs());
    if (stalled === undefined || this.#isOver()) return;
    tell?.(stalled);
    if (this.#memory !== undefined) progress({ ...this.#memory.progress, stalled });
  }

  #isOverdue(): boolean {
    const { clock, limits } = this.#request;
    const nowMs = clock.nowMs();
    const since = (startMs: number | undefined): number => (startMs === undefined ? 0 : nowMs - startMs);
    return since(this.#abortedAtMs) >= limits.abortMs || since(this.#jobGoneAtMs) >= limits.jobGoneMs;
  }

  #isOver(): boolean {
    return this.#over.signal.aborted;
  }
}

import type { Clock } from '../engine/clock.ts';
import type { Finding } from '../engine/finding.ts';
import type { MigrationPlan } from '../engine/plan.ts';
import { defaultPlanOptions } from '../engine/plan.ts';
import { phaseBegan, phaseEnded } from '../engine/progress/phase-times.ts';
import { refusalOf } from '../engine/refusal.ts';
import { reviewMigration } from '../engine/review.ts';
import { runMigration } from '../engine/run-migration.ts';
import type { HostAccess } from '../hosts/host-access.ts';
import { problemOf, problemOfEnd } from './rehearsal-problem.ts';
import type { RehearsalDirection, RehearsalEvent, Way } from './rehearsal-snapshot.ts';
import type { ThrowAwayGuest } from './throw-away-guest.ts';

export interface DirectionRequest {
  way: Way;
  from: HostAccess;
  to: HostAccess;
  guest: ThrowAwayGuest;
  clock: Clock;
  /** Fires when the rehearsal is to stop. */
  signal: AbortSignal;
}

/** Told while a direction runs. */
export interface DirectionObserver {
  /** `percent` is that of this direction. */
  changed(direction: RehearsalDirection, sentence: string, percent: number): void;
  event(event: RehearsalEvent): void;
}

/** What the checks take of a direction's progress; the move has the rest. */
const checksPercent = 25;

/** One move of the throw-away guest, as any guest would be moved with the usual options. */
export class Direction {
  readonly #request: DirectionRequest;
  readonly #observer: DirectionObserver;
  #told: RehearsalDirection;
  #sentence: string;
  #percent = 0;

  constructor(request: DirectionRequest, observer: DirectionObserver) {
    this.#request = request;
    this.#observer = observer;
    const { way, from, to } = request;
    this.#sentence = `Checking the way from ${from.name} to ${to.name}.`;
    this.#told = {
      way,
      from: from.name,
      to: to.name,
      outcome: undefined,
      totalMs: 0,
      downtimeMs: null,
      phases: [],
      streams: [],
      findings: [],
      problem: undefined,
    };
  }

  /** Checks, then moves. Call once; never rejects. @returns the direction with its outcome */
  async run(): Promise<RehearsalDirection> {
    this.#tell({});
    try {
      const plan = await this.#review();
      if (plan !== undefined) await this.#move(plan);
    } catch (error) {
      if (this.#request.signal.aborted) this.#tell({ outcome: 'cancelled' });
      else this.#tell({ outcome: 'failed', problem: problemOf(error) });
    }
    return this.#told;
  }

  /** `undefined` when it was refused. */
  async #review(): Promise<MigrationPlan | undefined> {
    const { way, from, to, guest, signal } = this.#request;
    const review = await reviewMigration(
      { guest: guest.uuid, source: from, destination: to, options: defaultPlanOptions, signal },
      {
        finding: (finding) => {
          this.#observer.event({ type: 'check', way, finding });
          if (needsLook(finding)) this.#tell({ findings: [...this.#told.findings, finding] });
        },
        pending: () => undefined,
      },
    );
    const streams = review.plan?.streams ?? [];
    for (const stream of streams) this.#observer.event({ type: 'stream', way, stream });
    this.#percent = checksPercent;
    this.#tell({ streams });
    if (review.plan !== undefined && review.canMigrate) return review.plan;
    this.#tell({ outcome: 'refused', problem: problemOfEnd(refusalOf(review)) });
    return undefined;
  }

  async #move(plan: MigrationPlan): Promise<void> {
    const { way, from, to, clock, signal } = this.#request;
    signal.throwIfAborted();
    const startedMs = clock.nowMs();
    const elapsedMs = (): number => Math.round(clock.nowMs() - startedMs);
    this.#sentence = `Moving the guest from ${from.name} to ${to.name}.`;
    const running = runMigration(
      { plan, source: from, destination: to, clock },
      {
        phase: ({ phase, state }) => {
          this.#observer.event({ type: 'phase', way, phase, state });
          const note = state === 'begin' ? phaseBegan : phaseEnded;
          this.#tell({ phases: note(this.#told.phases, phase, elapsedMs()) });
        },
        progress: (progress) => {
          this.#observer.event({ type: 'progress', way, progress });
          this.#percent = checksPercent + (progress.percent * (100 - checksPercent)) / 100;
          this.#tell({});
        },
      },
    );
    const cancel = (): void => {
      this.#sentence = running.cancel().sentence;
      this.#tell({});
    };
    signal.addEventListener('abort', cancel, { once: true });
    const { outcome, totalMs, downtimeMs, error } = await running.result;
    signal.removeEventListener('abort', cancel);
    this.#tell({ outcome, totalMs, downtimeMs, problem: error && problemOfEnd(error) });
  }

  #tell(change: Partial<RehearsalDirection>): void {
    this.#told = { ...this.#told, ...change };
    this.#observer.changed(this.#told, this.#sentence, this.#percent);
  }
}

function needsLook({ level }: Finding): boolean {
  return level === 'warning' || level === 'error' || level === 'unknown';
}

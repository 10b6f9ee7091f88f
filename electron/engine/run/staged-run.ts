import type { MigrationPlan } from '../plan.ts';
import type { MigrationResult, OutcomeError } from '../outcome.ts';
import { initialState } from '../state/migration-state.ts';
import type { Cancellation } from './cancellation.ts';
import { notYet, type TuningAnswer, type TuningChange } from './live-tuning.ts';
import { tuningIn, type TuningChoices } from './tuning.ts';

/** What can be asked of a migration that has begun. */
export interface BegunRun {
  /** Asks the run to stop. `accepted` is false when it is too late or over; the sentence says what happens instead. */
  cancel(): { accepted: boolean; sentence: string };
  /** What `cancel` would do now. */
  cancellation(): Cancellation;
  /** Changes limits while the guest moves. Never rejects; the sentence says what came of it. */
  tune(change: TuningChange): Promise<TuningAnswer>;
  /** Has the guest go on at the destination at once, its memory following. Never rejects. */
  switchToPostCopy(): Promise<TuningAnswer>;
  /** What `tune` and `switchToPostCopy` could do now. */
  tuning(): TuningChoices;
  /** Exactly one end; never rejects. */
  readonly result: Promise<MigrationResult>;
}

/** Of a migration that nothing was done of. */
const plannedState = initialState({ control: 'p2p', changeProtection: false, undefineSource: false });

/** Answers for a migration before it has begun, while something else is made ready for it, and from then on as it does. */
export class StagedRun {
  readonly #plan: MigrationPlan;
  readonly #stop = new AbortController();
  #begun: BegunRun | undefined;
  #isOver = false;

  constructor(plan: MigrationPlan) {
    this.#plan = plan;
  }

  /** Aborted when it is not to begin any more. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  begin(run: BegunRun): BegunRun {
    this.#begun = run;
    return run;
  }

  end(): void {
    this.#isOver = true;
  }

  cancellation(): Cancellation {
    if (this.#begun !== undefined) return this.#begun.cancellation();
    const requested = this.stop.aborted;
    if (this.#isOver) return { possible: false, requested, sentence: 'It is over.' };
    return requested
      ? { possible: false, requested, sentence: 'It is being cancelled; the guest was not touched.' }
      : { possible: true, requested, sentence: 'Stops before the guest is touched.' };
  }

  cancel(): { accepted: boolean; sentence: string } {
    if (this.#begun !== undefined) return this.#begun.cancel();
    this.#stop.abort();
    return { accepted: !this.#isOver, sentence: this.cancellation().sentence };
  }

  tuning(): TuningChoices {
    return this.#begun?.tuning() ?? tuningIn(plannedState, this.#plan);
  }

  /** Never rejects. */
  tune(change: TuningChange): Promise<TuningAnswer> {
    return this.#begun?.tune(change) ?? notYet();
  }

  /** Never rejects. */
  switchToPostCopy(): Promise<TuningAnswer> {
    return this.#begun?.switchToPostCopy() ?? notYet();
  }
}

/** The end of a migration that did not begin. */
export function untouched(
  { guest, source, destination, options, control }: MigrationPlan,
  outcome: 'refused' | 'cancelled',
  totalMs: number,
  error?: OutcomeError,
): MigrationResult {
  return {
    outcome,
    guest: guest.name,
    uuid: guest.uuid,
    source: source.name,
    destination: destination.name,
    mode: options.mode,
    control,
    runningOn: 'source',
    totalMs: Math.round(totalMs),
    downtimeMs: null,
    ...(options.offline && { offline: true as const }),
    ...(error && { error }),
  };
}

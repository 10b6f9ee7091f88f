import { explain } from '../explain.ts';
import type { Clock } from '../clock.ts';
import type { HeaderRequest } from '../journal/journal-header.ts';
import type { Journals, OwnedJournal } from '../journal/journals.ts';
import type { RunJournal } from '../journal/run-journal.ts';
import { isSettled, type MigrationResult } from '../outcome.ts';
import type { MigrationPlan } from '../plan.ts';
import type { BegunRun } from './staged-run.ts';
import { StagedRun, untouched } from './staged-run.ts';

/** Where a migration is written down, and what for its receipt is known before it begins. */
export interface JournalRequest extends Pick<HeaderRequest, 'id' | 'findings' | 'identities'> {
  journals: Journals;
}

/** A migration that begins once its journal is on disk, and not at all where there can be none. */
export class JournaledRun extends StagedRun {
  readonly #plan: MigrationPlan;
  readonly #request: JournalRequest;
  readonly #clock: Clock;
  readonly #begin: (journal: RunJournal) => BegunRun;
  #owned: OwnedJournal | undefined;
  #isSettled = true;

  /** @param begin starts the migration proper */
  constructor(
    plan: MigrationPlan,
    request: JournalRequest,
    clock: Clock,
    begin: (journal: RunJournal) => BegunRun,
  ) {
    super(plan);
    this.#plan = plan;
    this.#request = request;
    this.#clock = clock;
    this.#begin = begin;
  }

  /** Call once. Never rejects. */
  async run(): Promise<MigrationResult> {
    const startedMs = this.#clock.nowMs();
    const elapsedMs = (): number => this.#clock.nowMs() - startedMs;
    const { journals, ...known } = this.#request;
    try {
      this.#owned = await journals.create({ ...known, at: new Date(), plan: this.#plan });
    } catch (error) {
      this.end();
      const fault = explain(error, 'client', 'begin');
      return untouched(this.#plan, 'refused', elapsedMs(), { ...fault, phase: 'preflight' });
    }
    if (this.stop.aborted) {
      this.end();
      return untouched(this.#plan, 'cancelled', elapsedMs());
    }
    const result = await this.begin(this.#begin(this.#owned.file)).result;
    this.#isSettled = isSettled(result);
    const { broken } = this.#owned.file;
    if (broken === undefined) return result;
    return { ...result, journalProblem: { message: broken.message, remedy: broken.remedy ?? '' } };
  }

  /** When the result has been put into the history. One that is not settled stays to be looked at. Never rejects. */
  async conclude(): Promise<void> {
    await (this.#isSettled ? this.#owned?.end() : this.#owned?.release());
  }
}

import { messageOf } from '../../common/errors.ts';
import type { MigrationProgress, Phase } from '../outcome.ts';

/** Something that was done to a migration under way. */
export interface RunAction {
  action: 'cancel' | 'suspend' | 'post-copy' | 'bandwidth' | 'max-downtime' | 'seen';
  /** `others`: it was only seen, and done by somebody else or by the guest itself. */
  by: 'admin' | 'timeout' | 'others';
  state: 'done' | 'refused';
  sentence: string;
}

/** Told while a migration runs; all must return quickly. What they throw is logged and otherwise ignored. */
export interface MigrationObserver {
  /** `begin` before the call of that phase is made, `end` after it, whatever came of it. */
  phase(event: { phase: Phase; state: 'begin' | 'end' }): void;
  progress(progress: MigrationProgress): void;
  action?(action: RunAction): void;
}

/** A structured log, as pino's. */
export interface EngineLogger {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
}

/** What a run tells its observer, which cannot harm it. */
export class RunReport {
  readonly #observer: MigrationObserver;
  readonly #logger: EngineLogger | undefined;
  #open: Phase | undefined;

  constructor(observer: MigrationObserver, logger: EngineLogger | undefined) {
    this.#observer = observer;
    this.#logger = logger;
  }

  phaseBegins(phase: Phase): void {
    this.#open = phase;
    this.#tell(() => this.#observer.phase({ phase, state: 'begin' }));
  }

  /** Ends the phase that was begun and has not ended, if any. */
  phaseEnds(): void {
    const phase = this.#open;
    this.#open = undefined;
    if (phase !== undefined) this.#tell(() => this.#observer.phase({ phase, state: 'end' }));
  }

  progress(progress: MigrationProgress): void {
    this.#tell(() => this.#observer.progress(progress));
  }

  action({ action, by, state, sentence }: RunAction): void {
    this.#tell(() => this.#observer.action?.({ action, by, state, sentence }));
  }

  #tell(report: () => void): void {
    try {
      report();
    } catch (error) {
      this.#logger?.warn({ reason: messageOf(error) }, 'an observer failed');
    }
  }
}

import { ViaductError } from '../common/errors.ts';
import type { Exclusive } from '../common/exclusive.ts';
import { askingOnce, type SudoPrompts } from '../common/host/sudo-prompts.ts';
import type { Work } from './work.ts';
import type { HostEntry } from './host-entry.ts';
import { blamedHost, problemOf } from './wizard-problem.ts';
import type { WizardStep } from './wizard-snapshot.ts';
import type { WizardState } from './wizard-state.ts';

export interface WorkOrder {
  /** Where a failure is told. */
  step: WizardStep;
  sentence: string;
  /** Those that a failure may be about; default: none is named. */
  entries?: readonly HostEntry[];
  changesHosts: boolean;
}

/** How long passwords for sudo, and root's hand on the hosts, are kept after the last work. */
const idleMs = 15 * 60_000;

/** Runs the wizard's work, one piece at a time, each told, cancellable and waited for at the end. */
export class WorkBench {
  readonly #state: WizardState;
  readonly #exclusive: Exclusive;
  readonly #asked: SudoPrompts;
  readonly #letGo: () => void;
  #prompts: SudoPrompts;
  #current: { stop: AbortController; ended: Promise<void> } | undefined;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  /** `letGo` is told when what was kept of the hosts is to be forgotten. */
  constructor(state: WizardState, exclusive: Exclusive, prompts: SudoPrompts, letGo: () => void) {
    this.#state = state;
    this.#exclusive = exclusive;
    this.#asked = prompts;
    this.#prompts = askingOnce(prompts);
    this.#letGo = letGo;
  }

  /** @throws BadInputError `busy`, as `begin` would. */
  requireFree(): void {
    this.#exclusive.requireFree();
  }

  /**
   * Returns once the work has begun. Its failure is told at its step; when it was cancelled, what it left tells that.
   *
   * @throws BadInputError `busy`.
   */
  begin({ step, sentence, entries = [], changesHosts }: WorkOrder, run: (work: Work) => Promise<void>): void {
    const end = this.#exclusive.take(`the wizard is at "${sentence}"`, { changesHosts });
    clearTimeout(this.#idle);
    const stop = new AbortController();
    const startedAtMs = Date.now();
    const tell = (words: string): void => {
      const cancelling = stop.signal.aborted;
      this.#state.update({ running: { sentence: words, startedAtMs, cancellable: !cancelling, cancelling } });
    };
    this.#state.setProblem(step, undefined);
    tell(sentence);
    const settle = async (): Promise<void> => {
      try {
        await run({ signal: stop.signal, prompts: this.#prompts, tell });
      } catch (error) {
        if (!stop.signal.aborted) this.#state.setProblem(step, problemOf(error, blamedHost(error, entries)));
      } finally {
        this.#current = undefined;
        end();
        this.#state.update({ running: undefined });
        if (!this.#closed) this.#idle = setTimeout(() => this.forget(), idleMs).unref();
      }
    };
    this.#current = { stop, ended: settle() };
  }

  cancel(): void {
    this.#current?.stop.abort(new ViaductError('cancelled', 'Cancelled.'));
    const { running } = this.#state.fields;
    if (running) this.#state.update({ running: { ...running, cancellable: false, cancelling: true } });
  }

  /** Passwords are asked for anew from now on. */
  forget(): void {
    this.#prompts = askingOnce(this.#asked);
    this.#letGo();
  }

  /** Cancels what runs, and waits for its end. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    this.cancel();
    await this.#current?.ended;
    this.forget();
  }
}

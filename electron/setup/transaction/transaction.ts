import { HostChangeError } from '../../common/host/host-errors.ts';
import { RootShell } from '../../common/host/root-shell.ts';
import type { SudoPrompts } from '../../common/host/sudo-prompts.ts';
import { messageOf, ViaductError } from '../../common/errors.ts';
import { SetupError } from '../errors.ts';
import { HostProbe } from '../facts/host-probe.ts';
import { loadSystem } from '../facts/system.ts';
import { requireShell } from '../inspect.ts';
import type { SetupHost } from '../setup-host.ts';
import type { RevertReason } from './journal-entries.ts';
import type { Journal } from './journal.ts';
import { testHost } from './self-test.ts';
import { StepRunner, type Withheld } from './step-runner.ts';

export interface SetupProgress {
  /** What is being done, in words. */
  title: string;
  direction: 'apply' | 'revert' | 'test';
  /** Of `total`, from 1. */
  number: number;
  total: number;
}

export interface TransactionOptions {
  prompts: SudoPrompts;
  /** Asks to stop: the step under way is finished, then everything is taken back. */
  signal?: AbortSignal;
  progress?: (progress: SetupProgress) => void;
}

/** How it ended. What the host was left with is certain in each case. */
export type SetupOutcome =
  | { outcome: 'applied' }
  /** All is as it was before. */
  | { outcome: 'rolled-back'; why: RevertReason; error: string | undefined };

/**
 * Carries the transaction of a journal to one of its two ends, from wherever it is: all steps made and the host seen
 * to work, or all taken back. Each step's announcement is on the disk before the step.
 *
 * ```
 *   begun 0, done 0, begun 1, done 1, ... self-test, applied
 *        \________________\_______________\____ failed, cancelled, asked
 *                                                reverting, reverted n, ... reverted 0, self-test, ended
 * ```
 *
 * @throws {SetupError} `setup-interrupted`: the host went out of reach; the same call goes on from there.
 * `setup-stuck`: something could not be taken back, and needs a person.
 */
export class Transaction {
  readonly #journal: Journal;
  readonly #host: SetupHost;
  readonly #runner: StepRunner;
  readonly #options: TransactionOptions;

  constructor(
    journal: Journal,
    host: SetupHost,
    root: RootShell,
    options: TransactionOptions,
    withheld: Withheld = new Map(),
  ) {
    this.#journal = journal;
    this.#host = host;
    this.#runner = new StepRunner(root, journal.header.id, withheld);
    this.#options = options;
  }

  /** Goes on: forward, or back where that was begun. */
  async run(): Promise<SetupOutcome> {
    try {
      if (this.#journal.state.phase === 'applying') await this.#applyOrTurnBack();
      if (this.#journal.state.phase === 'reverting') await this.#revert();
    } catch (error) {
      if (isDefinite(error)) throw stuck(this.#host, error);
      throw error instanceof SetupError ? error : this.#interrupted(error);
    }
    const { phase, why, error } = this.#journal.state;
    if (phase === 'applied') return { outcome: 'applied' };
    return { outcome: 'rolled-back', why: why ?? 'asked', error };
  }

  /** Takes everything back, also what was done to its end. */
  async undo(): Promise<SetupOutcome> {
    const { state, header } = this.#journal;
    if (state.phase !== 'reverting') {
      const foreign = await this.#orInterrupted(this.#runner.foreign(header.changes.map(({ step }) => step)));
      if (foreign.length > 0) throw changedByOthers(this.#host.name, foreign, header.id);
      await this.#journal.append({ type: 'reverting', why: 'asked' });
    }
    return this.run();
  }

  async #applyOrTurnBack(): Promise<void> {
    const { append, turnBack } = this.#journalWords();
    const { changes, selfTest } = this.#journal.header;
    try {
      for (const [index, { title, step }] of changes.entries()) {
        if (this.#journal.state.done.has(index)) continue;
        if (this.#options.signal?.aborted) {
          await turnBack('cancelled');
          return;
        }
        this.#tell(title, 'apply', index + 1);
        await append({ type: 'begun', step: index });
        if (!this.#journal.state.kept.has(index)) {
          await append({ type: 'kept', step: index, files: await this.#runner.keep(step) });
        }
        await append({ type: 'done', step: index, touched: await this.#runner.apply(step) });
      }
      if (this.#options.signal?.aborted) {
        await turnBack('cancelled');
        return;
      }
      this.#tell('See that the daemon answers', 'test', changes.length);
      await testHost(this.#host, selfTest);
      await append({ type: 'applied' });
    } catch (error) {
      if (!isDefinite(error)) throw error;
      await turnBack('failed', messageOf(error));
    }
  }

  async #revert(): Promise<void> {
    const { append } = this.#journalWords();
    const { changes } = this.#journal.header;
    const order = [...changes.entries()].toReversed();
    const isLast = ([, { step }]: (typeof order)[number]): boolean =>
      step.kind === 'command' && step.revertLast;
    for (const [index, { title, step }] of [
      ...order.filter((one) => !isLast(one)),
      ...order.filter(isLast),
    ]) {
      const { begun, kept, done, foreign, ranBack, reverted } = this.#journal.state;
      if (!begun.has(index) || reverted.has(index)) continue;
      this.#tell(title, 'revert', index + 1);
      // Kept comes before made: a step without it was not made.
      if (kept.has(index) && !ranBack.has(index)) {
        if (!foreign.has(index)) {
          const changed = await this.#runner.changedSince(done.get(index) ?? {});
          await append({ type: 'reverting-step', step: index, foreign: changed });
        }
        await this.#runner.runBack(step);
        await append({ type: 'ran-back', step: index });
      }
      await this.#runner.putBack(step, kept.get(index), this.#journal.state.foreign.get(index) ?? []);
      await append({ type: 'reverted', step: index });
    }
    this.#tell('See that the daemon answers', 'test', changes.length);
    await testHost(this.#host, {});
    await append({ type: 'ended' });
  }

  #journalWords() {
    const append = this.#journal.append.bind(this.#journal);
    return {
      append,
      turnBack: (why: RevertReason, error?: string) =>
        append({ type: 'reverting', why, ...(error !== undefined && { error }) }),
    };
  }

  #tell(title: string, direction: SetupProgress['direction'], number: number): void {
    this.#options.progress?.({ title, direction, number, total: this.#journal.header.changes.length });
  }

  async #orInterrupted<T>(answer: Promise<T>): Promise<T> {
    return answer.catch((error: unknown) => {
      throw this.#interrupted(error);
    });
  }

  #interrupted(cause: unknown): SetupError {
    const { name, connectUri } = this.#host;
    const remedy =
      this.#journal.state.phase === 'reverting'
        ? `Run "viaduct host undo ${connectUri}" to take back the rest.`
        : `Run "viaduct host prepare ${connectUri}" to go on, or "viaduct host undo ${connectUri}" to take it back.`;
    const said = cause instanceof ViaductError ? ` ${cause.message}` : '';
    return new SetupError('setup-interrupted', `The setup of ${name} was cut off.${said}`, { cause, remedy });
  }
}

/** The host said no. Anything else leaves open whether the step was made. */
function isDefinite(error: unknown): boolean {
  return (
    error instanceof HostChangeError || (error instanceof SetupError && error.code === 'setup-self-test')
  );
}

function stuck({ name, connectUri }: SetupHost, cause: unknown): SetupError {
  return new SetupError(
    'setup-stuck',
    `The setup of ${name} was not wholly taken back: ${messageOf(cause)}`,
    {
      cause,
      remedy: `Mend that on the host, then run "viaduct host undo ${connectUri}" again: it goes on from there.`,
    },
  );
}

function changedByOthers(host: string, paths: readonly string[], transaction: string): SetupError {
  return new SetupError(
    'setup-plan-outdated',
    `${paths.join(', ')} on ${host} changed after the setup, so putting back the old file would lose that.`,
    {
      remedy: `Take the change back by hand; what was there before is beside it, with ".viaduct-${transaction}.old" added.`,
    },
  );
}

/**
 * Root's hand on the machine that was looked at, and on no other.
 *
 * @throws {SetupError} `setup-host-replaced`. @throws {HostRightsError}
 */
export async function openRoot(
  host: SetupHost,
  machineId: string,
  { prompts, signal }: TransactionOptions,
): Promise<RootShell> {
  const shell = await requireShell(host, signal);
  const system = await loadSystem(new HostProbe(shell, undefined, signal));
  if (system.machineId === machineId) return RootShell.open(shell, host.name, prompts, signal);
  throw new SetupError('setup-host-replaced', `${host.name} is not the machine that was looked at before.`, {
    remedy:
      'It was installed anew, or another one has its name. Move its folder below "setup" in the folder of Viaduct\'s state away to begin anew.',
  });
}

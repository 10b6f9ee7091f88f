import { SetupError } from './errors.ts';
import { inspect } from './inspect.ts';
import type { HostInspection } from './inspection.ts';
import { makePlan } from './plan/make-plan.ts';
import type { SetupPlan, SetupWishes } from './plan/setup-plan.ts';
import type { SetupHost } from './setup-host.ts';
import { Journal } from './transaction/journal.ts';
import type { Withheld } from './transaction/step-runner.ts';
import {
  openRoot,
  Transaction,
  type SetupOutcome,
  type TransactionOptions,
} from './transaction/transaction.ts';
import { isUnfinished, type TransactionPhase } from './transaction/transaction-state.ts';

/** A setup that was made, or begun, on a host. */
export interface KnownSetup {
  id: string;
  at: string;
  phase: TransactionPhase;
  unfinished: boolean;
  changes: string[];
  done: number;
}

/**
 * Setup of one host: look, plan, apply, and take back. The screen and the command line both use it.
 *
 * Only one transaction of a host is unfinished at a time; it has to be resumed or undone before another begins.
 */
export class HostSetup {
  readonly #home: string;
  readonly #host: SetupHost;

  /** `home`: the folder of Viaduct's state, where the journals are. */
  constructor(home: string, host: SetupHost) {
    this.#home = home;
    this.#host = host;
  }

  /** @param furtherFiles to be read as well, for wishes that touch them */
  inspect(
    { prompts, signal }: TransactionOptions,
    furtherFiles: readonly string[] = [],
  ): Promise<HostInspection> {
    return inspect(this.#host, prompts, signal, furtherFiles);
  }

  plan(inspection: HostInspection, wishes: SetupWishes): SetupPlan {
    return makePlan(inspection, wishes);
  }

  /** Every setup of this host, oldest first. */
  async known(): Promise<KnownSetup[]> {
    return (await this.#journals()).map(describe);
  }

  async unfinished(): Promise<KnownSetup | undefined> {
    return (await this.known()).find(({ unfinished }) => unfinished);
  }

  /**
   * Makes the changes of a plan, or leaves the host as it was.
   *
   * @throws {SetupError} as `Transaction.run`, and `setup-plan-outdated` for a plan with obstacles or while another
   * setup is unfinished.
   */
  async apply(plan: SetupPlan, options: TransactionOptions): Promise<SetupOutcome> {
    const [obstacle] = plan.obstacles;
    if (obstacle) {
      throw new SetupError('setup-plan-outdated', obstacle.message, {
        ...(obstacle.remedy !== undefined && { remedy: obstacle.remedy }),
      });
    }
    if (await this.unfinished()) {
      throw new SetupError('setup-plan-outdated', `A setup of ${this.#host.name} is not finished.`, {
        remedy: 'Go on with it, or undo it, first.',
      });
    }
    if (plan.changes.length === 0) return { outcome: 'applied' };
    const root = await openRoot(this.#host, plan.machineId, options);
    const journal = await Journal.create(this.#home, plan);
    return new Transaction(journal, this.#host, root, options, withheldIn(plan)).run();
  }

  /** Goes on with the setup that was cut off; `undefined` where there is none. */
  async resume(options: TransactionOptions): Promise<SetupOutcome | undefined> {
    const journal = (await this.#journals()).find(({ state }) => isUnfinished(state));
    if (journal === undefined) return undefined;
    return (await this.#transaction(journal, options)).run();
  }

  /** What `undo` would take back. */
  async undoable(): Promise<KnownSetup | undefined> {
    const journal = await this.#newest();
    return journal && describe(journal);
  }

  /**
   * Takes back the newest setup, finished or not.
   *
   * @throws {SetupError} `setup-nothing-to-undo`; `setup-plan-outdated` when somebody else changed a file since, and
   * then nothing was touched.
   */
  async undo(options: TransactionOptions): Promise<SetupOutcome> {
    const journal = await this.#newest();
    if (journal === undefined) {
      throw new SetupError('setup-nothing-to-undo', `Nothing was set up on ${this.#host.name} from here.`, {
        remedy: 'Undo works on the workstation, and with the VIADUCT_HOME, that prepared the host.',
      });
    }
    return (await this.#transaction(journal, options)).undo();
  }

  async #transaction(journal: Journal, options: TransactionOptions): Promise<Transaction> {
    const root = await openRoot(this.#host, journal.header.machineId, options);
    return new Transaction(journal, this.#host, root, options);
  }

  async #newest(): Promise<Journal | undefined> {
    return (await this.#journals()).findLast(({ state }) => state.phase !== 'ended');
  }

  #journals(): Promise<Journal[]> {
    return Journal.all(this.#home, this.#host.name);
  }
}

function withheldIn({ changes }: SetupPlan): Withheld {
  return new Map(
    changes.flatMap(({ step, content }) =>
      step.kind === 'file' && content !== undefined ? [[step.path, content] as const] : [],
    ),
  );
}

function describe({ header, state }: Journal): KnownSetup {
  return {
    id: header.id,
    at: header.at,
    phase: state.phase,
    unfinished: isUnfinished(state),
    changes: header.changes.map(({ title }) => title),
    done: state.done.size,
  };
}

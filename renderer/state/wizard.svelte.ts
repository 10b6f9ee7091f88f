import { call, type Channel } from '../bridge.ts';
import type { Request, Responses } from '../../electron/ipc/contract.ts';
import type { WizardSnapshot, WizardStep, WizardStepState } from '../../electron/ipc/views.ts';
import { stepAfter } from '../format/wizard-steps.ts';
import { isNewer } from './generations.ts';
import type { NoticesController } from './notices.svelte.ts';
import { problemOf, type Problem } from './problem.ts';

/** What is only asked for, and answered by the next snapshot. */
type WizardVerb = Exclude<Extract<keyof Responses, `wizard.${string}`>, 'wizard.get'>;

/** The guided wizard as last heard of. All its state is in the other process; here is what was just asked for. */
export class WizardController {
  readonly #channel: Channel;
  readonly #notices: NoticesController;
  snapshot = $state.raw<WizardSnapshot | undefined>(undefined);
  /** A request that was refused, at the step where it was made. */
  refusal = $state.raw<{ step: WizardStep; problem: Problem } | undefined>(undefined);
  /** Requests that have not been answered. */
  #asked = $state(0);
  /** The hosts that it was opened for. */
  wanted = $state.raw<readonly string[]>([]);
  readonly step = $derived<WizardStepState | undefined>(
    this.snapshot?.steps.find(({ step }) => step === this.snapshot?.step),
  );
  /** Whether something runs or was just asked for, so that nothing else can begin. */
  readonly busy = $derived(this.#asked > 0 || this.snapshot?.running !== undefined);

  constructor(channel: Channel, notices: NoticesController) {
    this.#channel = channel;
    this.#notices = notices;
    channel.on('wizard', (wizard) => this.#apply(wizard));
  }

  async refresh(): Promise<void> {
    const { wizard } = await call(this.#channel, 'wizard.get', {});
    this.#apply(wizard);
  }

  /** Hosts that were chosen before are looked at when the wizard is opened, not earlier. */
  async open(wanted: readonly string[]): Promise<void> {
    this.wanted = wanted;
    this.refusal = undefined;
    try {
      await this.refresh();
    } catch (error) {
      this.#notices.report(error);
      return;
    }
    const { snapshot } = this;
    if (!snapshot || snapshot.hosts.length === 0 || snapshot.running) return;
    const isNew = wanted.some((id) => !snapshot.hosts.some(({ hostId }) => hostId === id));
    if (isNew && snapshot.step !== 'hosts') await this.ask('wizard.goTo', { step: 'hosts' });
    else if (snapshot.hosts.some(({ look }) => look.state === 'waiting')) await this.ask('wizard.look', {});
  }

  /** @returns whether it was taken; a refusal stays at the step until the next request. */
  async ask<C extends WizardVerb>(verb: C, request: Request<C>): Promise<boolean> {
    const step = this.snapshot?.step ?? 'hosts';
    this.refusal = undefined;
    this.#asked += 1;
    try {
      await call(this.#channel, verb, request);
      return true;
    } catch (error) {
      this.refusal = { step, problem: problemOf(error) };
      return false;
    } finally {
      this.#asked -= 1;
    }
  }

  async goOn(): Promise<void> {
    const next = this.snapshot && stepAfter(this.snapshot.steps, this.snapshot.step);
    if (next) await this.ask('wizard.goTo', { step: next });
  }

  /** The chosen hosts' names, for the words of a button. */
  names(hostIds: readonly string[]): string[] {
    return hostIds.map((id) => this.snapshot?.hosts.find(({ hostId }) => hostId === id)?.name ?? id);
  }

  #apply(wizard: WizardSnapshot): void {
    if (isNewer(this.snapshot, wizard)) this.snapshot = wizard;
  }
}

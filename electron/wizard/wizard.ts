import { compareHosts, namesByHost } from './compare-certificates.ts';
import { deployTo, hostsToDeploy, undoCertificatesOf } from './deploy-certificates.ts';
import { findAllowed } from './allowed-clients.ts';
import { applyAll, isAsWished, planAll, undoOne, type ChangeOutcome } from './changes.ts';
import { lookAtAll, openedHosts, seeAgain } from './looking.ts';
import { proveAll } from './proof.ts';
import { rehearseBetween } from './rehearsal.ts';
import { firstToDo, mayGoTo } from './steps.ts';
import { notYet, requireSeen, requireUsableChoice } from './gates.ts';
import { freshEntry } from './fresh-entry.ts';
import { KeptChoices } from './kept-choices.ts';
import type { WizardSetting } from './wizard-setting.ts';
import { wizardSteps, type WizardSnapshot, type WizardStep, type WizardWishes } from './wizard-snapshot.ts';
import type { HostEntry } from './host-entry.ts';
import { WizardState } from './wizard-state.ts';
import type { Work } from './work.ts';
import { WorkBench, type WorkOrder } from './work-bench.ts';
import { listed } from './words.ts';

/**
 * The guided way from bare hosts to proven TLS. What takes long begins at once and is told by snapshots; one thing runs
 * at a time. What was chosen is kept, what can be found out is found out again.
 */
export class Wizard {
  readonly #setting: WizardSetting;
  readonly #state: WizardState;
  readonly #bench: WorkBench;
  readonly #kept: KeptChoices;

  private constructor(setting: WizardSetting, changed: (snapshot: WizardSnapshot) => void) {
    this.#setting = setting;
    this.#state = new WizardState(changed);
    this.#bench = new WorkBench(this.#state, setting.exclusive, setting.prompts, () => this.#letGo());
    this.#kept = new KeptChoices(setting.home, this.#state);
  }

  /** With what was chosen the last time; no host is looked at. What cannot be read is told at the first step. */
  static async open(setting: WizardSetting, changed: (snapshot: WizardSnapshot) => void): Promise<Wizard> {
    const wizard = new Wizard(setting, changed);
    await wizard.#kept.restore(setting.hosts);
    return wizard;
  }

  snapshot(): WizardSnapshot {
    return this.#state.snapshot();
  }

  /**
   * Looks at these hosts, and goes to the first step that needs something.
   *
   * @throws BadInputError `wizard-one-host`, `deploy-same-host`, `host-unknown`, `busy`.
   */
  async chooseHosts(hostIds: readonly string[]): Promise<void> {
    this.#requireChangeable();
    const entries = [...new Set(hostIds)].map((hostId): HostEntry => {
      const { name, connectUri } = this.#setting.hosts.host(hostId);
      const known = this.#state.hosts.find((entry) => entry.hostId === hostId);
      return known ?? freshEntry({ hostId, name, connectUri });
    });
    requireUsableChoice(entries);
    const isSame = entries.length === this.#state.hosts.length && entries.every((entry) => entry.seen);
    this.#state.setHosts(entries);
    const { namesSeen } = this.#state.fields;
    this.#state.update({ step: 'hosts', cells: [], rehearsal: undefined, namesSeen: namesSeen && isSame });
    this.#look('done');
    await this.#kept.save();
  }

  /** @throws BadInputError `wizard-one-host`, `busy`. */
  look(): Promise<void> {
    this.#requireChangeable();
    requireUsableChoice(this.#state.hosts);
    this.#look(this.#state.fields.step);
    return Promise.resolve();
  }

  /** @throws BadInputError `busy`. */
  async chooseAuthority(name: string): Promise<void> {
    this.#requireChangeable();
    this.#state.update({ authority: name });
    this.#state.setProblem('authority', undefined);
    for (const { hostId } of this.#state.hosts) this.#state.updateHost(hostId, { certificates: undefined });
    if (this.#isSeen()) this.#compare('authority');
    await this.#kept.save();
  }

  /** @throws BadInputError `bad-certificate-name`, `name-of-two-hosts`, `wizard-host-unknown`, `busy`. */
  async setNames(hostId: string, names: readonly string[]): Promise<void> {
    this.#requireChangeable();
    const { name } = this.#state.host(hostId);
    const given = (entry: HostEntry) => (entry.hostId === hostId ? { ...entry, given: names } : entry);
    const checked = namesByHost(this.#state.hosts.map(given)).get(name);
    const usable = [...(checked?.dnsNames ?? []), ...(checked?.ipAddresses ?? [])];
    this.#state.updateHost(hostId, { given: usable });
    this.#compare('names');
    await this.#kept.save();
  }

  /**
   * Puts certificates on the hosts that need them.
   *
   * @throws BadInputError `wizard-not-yet`, `busy`; ViaductError `authority-locked`.
   */
  deploy(): Promise<void> {
    this.#requireReached('certificates');
    const { authority = '' } = this.#state.fields;
    const issuer = this.#setting.authorities.issuer(authority);
    const entries = hostsToDeploy(this.#state.hosts);
    if (entries.length === 0) return Promise.resolve();
    const sentence = `Putting certificates on ${listed(entries.map(({ name }) => name))}`;
    this.#begin({ step: 'certificates', sentence, entries, changesHosts: true }, (work) =>
      deployTo(this.#state, this.#setting, issuer, entries, work),
    );
    return Promise.resolve();
  }

  /** @throws BadInputError `wizard-host-unknown`, `wizard-not-looked`, `busy`. */
  undoCertificates(hostId: string): Promise<void> {
    this.#requireChangeable();
    const entry = this.#state.host(hostId);
    requireSeen(entry);
    const sentence = `Putting back the certificates that ${entry.name} had before`;
    this.#begin({ step: 'certificates', sentence, entries: [entry], changesHosts: true }, (work) =>
      undoCertificatesOf(this.#state, this.#setting, entry, work),
    );
    return Promise.resolve();
  }

  /** Plans anew; asks the hosts only who is to be let in by name. @throws BadInputError `busy`. */
  async setWishes(wishes: WizardWishes): Promise<void> {
    this.#requireChangeable();
    const { allowed } = this.#state.fields;
    this.#state.forgetProblems('changes');
    this.#state.update({ wishes, allowed: wishes.allowOnlyKnown ? allowed : undefined });
    planAll(this.#state);
    if (wishes.allowOnlyKnown && allowed === undefined && this.#isSeen()) this.#findAllowed();
    await this.#kept.save();
  }

  /** @throws BadInputError `wizard-not-yet`, `busy`. */
  applyChanges(): Promise<void> {
    this.#requireReached('changes');
    const toDo = this.#state.hosts.filter(({ changes }) => changes && !isAsWished(changes));
    if (toDo.length === 0) return Promise.resolve();
    const sentence = `Changing ${listed(toDo.map(({ name }) => name))}`;
    this.#begin({ step: 'changes', sentence, entries: toDo, changesHosts: true }, async (work) => {
      await this.#seeOutcomes(work, await applyAll(this.#state, work));
    });
    return Promise.resolve();
  }

  /** @throws BadInputError `wizard-host-unknown`, `wizard-not-looked`, `busy`. */
  undoChanges(hostId: string): Promise<void> {
    this.#requireChangeable();
    const entry = this.#state.host(hostId);
    requireSeen(entry);
    const sentence = `Taking back the changes of ${entry.name}`;
    this.#begin({ step: 'changes', sentence, changesHosts: true }, async (work) => {
      await this.#seeOutcomes(work, [await undoOne(this.#state, entry, work)]);
    });
    return Promise.resolve();
  }

  /** @throws BadInputError `wizard-not-yet`, `busy`. */
  prove(): Promise<void> {
    this.#requireReached('proof');
    this.#begin({ step: 'proof', sentence: 'Shaking hands', changesHosts: false }, (work) =>
      this.#prove(work),
    );
    return Promise.resolve();
  }

  /** @throws BadInputError `wizard-not-yet`, `wizard-host-unknown`, `deploy-same-host`, `busy`. */
  rehearse(sourceHostId: string, destinationHostId: string): Promise<void> {
    this.#requireReached('done');
    const [source, destination] = [this.#state.host(sourceHostId), this.#state.host(destinationHostId)];
    requireUsableChoice([source, destination]);
    const sentence = `Rehearsing with ${source.name} and ${destination.name}`;
    this.#begin({ step: 'done', sentence, changesHosts: true }, (work) =>
      rehearseBetween(this.#state, this.#setting, source, destination, work),
    );
    return Promise.resolve();
  }

  /** Going to the proof begins it, where it was not tried yet. @throws BadInputError `wizard-not-yet`. */
  async goTo(step: WizardStep): Promise<void> {
    const { steps, step: from } = this.snapshot();
    if (!mayGoTo(steps, from, step)) throw notYet(step);
    const passesNames = wizardSteps.indexOf(step) > wizardSteps.indexOf('names');
    this.#state.update({ step, ...(passesNames && { namesSeen: true }) });
    await this.#kept.save();
    const isUntried = this.#state.fields.cells.every(({ triedAtMs }) => triedAtMs === undefined);
    if (step === 'proof' && isUntried && this.#state.fields.running === undefined) await this.prove();
  }

  cancel(): void {
    this.#bench.cancel();
  }

  /** Forgets what was chosen, and touches no host. @throws BadInputError `busy`. */
  async reset(): Promise<void> {
    this.#requireChangeable();
    this.#bench.forget();
    this.#state.reset();
    await this.#kept.save();
  }

  /** Cancels what runs and waits for its end. */
  async close(): Promise<void> {
    await this.#bench.close();
    await this.#kept.save();
  }

  #look(wanted: WizardStep): void {
    const sentence = `Looking at ${listed(this.#state.hosts.map(({ name }) => name))}`;
    this.#begin({ step: 'hosts', sentence, changesHosts: false }, async (work) => {
      this.#state.forgetProblems(...wizardSteps);
      await lookAtAll(this.#state, this.#setting, work);
      this.#settle(wanted);
      if (this.#state.fields.step !== 'proof') return;
      await this.#prove(work);
      this.#settle(wanted);
    });
  }

  /** To the step that is wanted, or to the one before it that needs something. */
  #settle(wanted: WizardStep): void {
    const toDo = firstToDo(this.snapshot().steps, this.#state.fields.namesSeen);
    const earlier = Math.min(wizardSteps.indexOf(wanted), wizardSteps.indexOf(toDo));
    this.#state.update({ step: wizardSteps[earlier] ?? 'hosts' });
  }

  #compare(step: WizardStep): void {
    this.#begin(
      { step, sentence: 'Seeing which certificates are there', changesHosts: false },
      async (work) => {
        this.#state.forgetProblems('certificates');
        await openedHosts(this.#state, this.#setting, work);
        const all = this.#state.hosts.map(({ hostId }) => hostId);
        await compareHosts(this.#state, this.#setting, work, all);
      },
    );
  }

  #findAllowed(): void {
    const sentence = 'Reading by which names the hosts know each other';
    this.#begin({ step: 'changes', sentence, changesHosts: false }, async (work) => {
      await findAllowed(this.#state, this.#setting, work);
      planAll(this.#state);
    });
  }

  async #prove(work: Work): Promise<void> {
    const opened = await openedHosts(this.#state, this.#setting, work);
    const hosts = opened.map(({ entry, seen }) => ({ hostId: entry.hostId, opened: seen.opened }));
    await proveAll(this.#state, hosts, work);
  }

  /** What was cut off is not looked at: its link is gone, and its journal knows where it stands. */
  async #seeOutcomes(work: Work, outcomes: readonly ChangeOutcome[]): Promise<void> {
    const ended = outcomes.filter(({ state }) => state !== 'unfinished');
    const entries = this.#state.hosts.filter(({ hostId }) => ended.some((one) => one.hostId === hostId));
    await seeAgain(this.#state, this.#setting, work, entries);
    for (const { hostId, state, sentence } of ended) {
      const { changes } = this.#state.host(hostId);
      if (changes === undefined || (state === 'needed' && isAsWished(changes))) continue;
      this.#state.updateHost(hostId, { changes: { ...changes, state, sentence } });
    }
  }

  #begin(order: WorkOrder, run: (work: Work) => Promise<void>): void {
    this.#bench.begin(order, async (work) => {
      try {
        await run(work);
      } finally {
        await this.#kept.save();
      }
    });
  }

  #letGo(): void {
    for (const { hostId, seen } of this.#state.hosts) {
      if (seen?.opened) this.#state.updateHost(hostId, { seen: { ...seen, opened: undefined } });
    }
  }

  #isSeen(): boolean {
    const { hosts } = this.#state;
    return hosts.length > 0 && hosts.every(({ seen }) => seen);
  }

  #requireChangeable(): void {
    this.#kept.requireWritable();
    this.#bench.requireFree();
  }

  #requireReached(step: WizardStep): void {
    this.#requireChangeable();
    if (!mayGoTo(this.snapshot().steps, 'hosts', step)) throw notYet(step);
  }
}

import { BadInputError } from '../common/errors.ts';
import type { HostEntry } from './host-entry.ts';
import { shownNames } from './shown-names.ts';
import { describeSteps } from './steps.ts';
import type { WizardChoices } from './wizard-file.ts';
import type { WizardFields } from './wizard-fields.ts';
import type { WizardProblem, WizardSnapshot, WizardStep, WizardWishes } from './wizard-snapshot.ts';

export const initialWishes: WizardWishes = {
  listener: true,
  firewall: true,
  forceTls: false,
  allowOnlyKnown: false,
};

const initialFields: WizardFields = {
  step: 'hosts',
  authority: undefined,
  namesSeen: false,
  wishes: initialWishes,
  allowed: undefined,
  cells: [],
  rehearsal: undefined,
  running: undefined,
};

/** All that the wizard knows, in one place; every change is told with a snapshot. */
export class WizardState {
  readonly #changed: (snapshot: WizardSnapshot) => void;
  readonly #problems = new Map<WizardStep, WizardProblem>();
  #fields: Readonly<WizardFields> = initialFields;
  #entries: readonly HostEntry[] = [];
  #generation = 0;

  constructor(changed: (snapshot: WizardSnapshot) => void) {
    this.#changed = changed;
  }

  get fields(): Readonly<WizardFields> {
    return this.#fields;
  }

  get hosts(): readonly HostEntry[] {
    return this.#entries;
  }

  /** @throws BadInputError `wizard-host-unknown`. */
  host(hostId: string): HostEntry {
    const entry = this.#entries.find((one) => one.hostId === hostId);
    if (entry) return entry;
    throw new BadInputError('wizard-host-unknown', 'That host is not among those that were chosen.', {
      side: 'client',
      remedy: 'Choose it at the step "Hosts".',
    });
  }

  update(change: Partial<WizardFields>): void {
    this.#fields = { ...this.#fields, ...change };
    this.#tell();
  }

  setHosts(entries: readonly HostEntry[]): void {
    this.#entries = entries;
    this.#tell();
  }

  /** A host that was taken out meanwhile stays out. */
  updateHost(hostId: string, change: Partial<HostEntry>): void {
    this.#entries = this.#entries.map((entry) => (entry.hostId === hostId ? { ...entry, ...change } : entry));
    this.#tell();
  }

  setProblem(step: WizardStep, problem: WizardProblem | undefined): void {
    if (problem === undefined) this.#problems.delete(step);
    else this.#problems.set(step, problem);
    this.#tell();
  }

  /** What was told before says nothing of what is found from now on. */
  forgetProblems(...steps: readonly WizardStep[]): void {
    for (const step of steps) this.#problems.delete(step);
    this.#tell();
  }

  reset(): void {
    this.#fields = initialFields;
    this.#entries = [];
    this.#problems.clear();
    this.#tell();
  }

  choices(): WizardChoices {
    const { step, authority, namesSeen, wishes } = this.#fields;
    return {
      step,
      hosts: this.#entries.map(({ hostId, connectUri, given }) => ({
        hostId,
        connectUri,
        ...(given && { names: [...given] }),
      })),
      ...(authority !== undefined && { authority }),
      namesSeen,
      wishes,
    };
  }

  snapshot(): WizardSnapshot {
    const { step, authority, wishes, cells, rehearsal, running } = this.#fields;
    return {
      generation: this.#generation,
      step,
      steps: describeSteps({ fields: this.#fields, hosts: this.#entries, problems: this.#problems }),
      hosts: this.#entries.map(({ hostId, name, look }) => ({ hostId, name, look })),
      authority,
      names: this.#entries.flatMap((entry) => shownNames(entry) ?? []),
      certificates: this.#entries.flatMap(({ certificates }) => certificates ?? []),
      wishes,
      changes: this.#entries.flatMap(({ changes }) => changes ?? []),
      cells: [...cells],
      rehearsal,
      running,
    };
  }

  #tell(): void {
    this.#generation += 1;
    this.#changed(this.snapshot());
  }
}

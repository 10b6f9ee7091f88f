import { BadInputError } from '../common/errors.ts';
import { wizardSteps, type WizardSnapshot, type WizardStep, type WizardWishes } from './wizard-snapshot.ts';

/** The guided way from bare hosts to proven TLS. */
export class Wizard {
  readonly #changed: (snapshot: WizardSnapshot) => void;
  #snapshot: WizardSnapshot = emptySnapshot();

  constructor(changed: (snapshot: WizardSnapshot) => void) {
    this.#changed = changed;
  }

  snapshot(): WizardSnapshot {
    return this.#snapshot;
  }

  goTo(step: WizardStep): void {
    this.#update({ step });
  }

  setWishes(wishes: WizardWishes): void {
    this.#update({ wishes });
  }

  reset(): void {
    this.#update(emptySnapshot());
  }

  /** @throws BadInputError always. */
  begin(): Promise<never> {
    return Promise.reject(new BadInputError('wizard-unfinished', 'That step cannot be taken yet.'));
  }

  #update(change: Partial<WizardSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change, generation: this.#snapshot.generation + 1 };
    this.#changed(this.#snapshot);
  }
}

function emptySnapshot(): WizardSnapshot {
  return {
    generation: 0,
    step: 'hosts',
    steps: wizardSteps.map((step) => ({
      step,
      state: step === 'hosts' ? 'open' : 'ahead',
      sentence: '',
      problem: undefined,
    })),
    hosts: [],
    authority: undefined,
    names: [],
    certificates: [],
    wishes: { listener: true, firewall: true, forceTls: false, allowOnlyKnown: false },
    changes: [],
    cells: [],
    rehearsal: undefined,
    running: undefined,
  };
}

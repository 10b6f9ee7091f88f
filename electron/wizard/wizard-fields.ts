import type { Allowed } from './allowed.ts';
import type {
  WizardCell,
  WizardRehearsal,
  WizardSnapshot,
  WizardStep,
  WizardWishes,
} from './wizard-snapshot.ts';

/** What is of the wizard as a whole. */
export interface WizardFields {
  step: WizardStep;
  authority: string | undefined;
  /** The admin went on from the step with the names. */
  namesSeen: boolean;
  wishes: WizardWishes;
  /** `undefined` while it is not wished for. */
  allowed: Allowed | undefined;
  cells: readonly WizardCell[];
  rehearsal: WizardRehearsal | undefined;
  running: WizardSnapshot['running'];
}

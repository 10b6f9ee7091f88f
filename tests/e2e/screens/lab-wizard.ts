import type { WizardSnapshot } from '../../../electron/ipc/views.ts';
import { wizardSteps } from '../../../electron/wizard/wizard-snapshot.ts';

/** The wizard before anything was chosen. */
export const emptyWizard: WizardSnapshot = {
  generation: 1,
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

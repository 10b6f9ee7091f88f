import type { WizardStep, WizardStepState } from '../../electron/ipc/views.ts';

export interface StepText {
  /** On the path. */
  label: string;
  /** The one question of the step. */
  title: string;
  lead: string;
  /** "What is this?", in two sentences. */
  explained: string;
}

export const stepTexts: Record<WizardStep, StepText> = {
  hosts: {
    label: 'Hosts',
    title: 'Which hosts are to exchange guests?',
    lead: 'Choose two or more. Looking at them reads what is there and changes nothing.',
    explained:
      'Encrypted migration needs each host to be able to tell the others from a stranger. Viaduct looks at what every host has for that already, and proposes only what is missing.',
  },
  authority: {
    label: 'Authority',
    title: 'Who vouches for the hosts?',
    lead: 'One certificate authority signs the certificates of all of them.',
    explained:
      'A host trusts another one because both hold a certificate that the same authority signed. Its private key stays on this computer, encrypted, and is never written to a host.',
  },
  names: {
    label: 'Names',
    title: 'Under which names do the hosts reach each other?',
    lead: 'A host is refused when it is reached under a name that is not in its certificate.',
    explained:
      'Viaduct asked every host what it is called and where the others find it. Leave in what is used; what two hosts claim stays out, because one could then pass for the other.',
  },
  certificates: {
    label: 'Certificates',
    title: 'What is written to the hosts?',
    lead: 'Each host gets certificates for libvirt and for QEMU. This is every file, before anything is written.',
    explained:
      'Keys are made on the host itself where it has a program for that, and never leave it. The files of before are kept beside the new ones, and running guests go on.',
  },
  changes: {
    label: 'Changes',
    title: "What changes in the hosts' configuration?",
    lead: 'Every change is shown here as it will be made, and can be taken back to the byte.',
    explained:
      'A host is changed step by step, and tested at the end; if the test fails, everything is put back by itself. Running guests are not stopped.',
  },
  proof: {
    label: 'Proof',
    title: 'Does it hold, from each host to each other?',
    lead: 'Real connections are made between the hosts, in both directions, the way a migration makes them.',
    explained:
      'Files can look right and still be refused, so each host is made to connect to each other one. “Control” is what libvirt says to the other daemon, “data” is the way that a guest’s memory takes.',
  },
  done: {
    label: 'Done',
    title: 'What is proven now?',
    lead: 'Try it with a throw-away guest if you like, or move a real one.',
    explained:
      'The matrix shows the last trial of each direction, and can be tried again at any time. A rehearsal makes a tiny guest of its own, moves it there and back, and removes it.',
  },
};

export type StepMark = 'to do' | 'here' | 'working' | 'there already' | 'done' | 'needs you';

/** How a step is marked on the path, in the word that stands there. */
export function stepMark({ state }: Pick<WizardStepState, 'state'>, current: boolean): StepMark {
  switch (state) {
    case 'ahead':
      return current ? 'here' : 'to do';
    case 'open':
      return current ? 'here' : 'needs you';
    case 'working':
      return 'working';
    case 'there-already':
      return 'there already';
    case 'done':
      return 'done';
    case 'failed':
      return 'needs you';
  }
}

export function isSettled({ state }: Pick<WizardStepState, 'state'>): boolean {
  return state === 'there-already' || state === 'done';
}

type Steps = readonly Pick<WizardStepState, 'step' | 'state'>[];

function placeOf(steps: Steps, step: WizardStep): number {
  return steps.findIndex((other) => other.step === step);
}

export function stepAfter(steps: Steps, step: WizardStep): WizardStep | undefined {
  return steps[placeOf(steps, step) + 1]?.step;
}

export function stepBefore(steps: Steps, step: WizardStep): WizardStep | undefined {
  return steps[placeOf(steps, step) - 1]?.step;
}

/** Back always; forward as far as every step before is in order. */
export function canGoTo(steps: Steps, current: WizardStep, target: WizardStep): boolean {
  const place = placeOf(steps, target);
  return place <= placeOf(steps, current) || steps.slice(0, place).every(isSettled);
}

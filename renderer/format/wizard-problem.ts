import type { WizardProblem } from '../../electron/ipc/views.ts';
import type { Problem } from '../state/problem.ts';

/** A step's or host's problem in the form of every other one on the screen. */
export function problemOfWizard({ code, message, remedy, evidence }: WizardProblem): Problem {
  return {
    sentence: message,
    remedy,
    original: [`${code}: ${message}`, ...(evidence === undefined ? [] : [evidence])].join('\n'),
  };
}

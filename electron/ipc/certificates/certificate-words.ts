import type { PkiFinding } from '../../deploy/pki-finding.ts';
import { findingOnScreen, problemOf } from '../../wizard/wizard-problem.ts';
import type { WizardProblem } from '../../wizard/wizard-snapshot.ts';

const byCode: Readonly<Record<string, string>> = {
  'authority-locked': 'Unlock it with its passphrase, then try again.',
  'deploy-nothing-issued': 'Give it its first certificates with "Secure hosts".',
  'host-unknown': 'Add it to the board again, then try again.',
};

/** Anything that was thrown, in the words of the certificates view: the wizard's steps are behind "Secure hosts". */
export function certificateProblem(error: unknown, hostId?: string): WizardProblem {
  const problem = problemOf(error, hostId);
  return { ...problem, remedy: byCode[problem.code] ?? outsideWizard(problem.remedy) };
}

export function certificateFinding(finding: PkiFinding): PkiFinding {
  const shown = findingOnScreen(finding);
  return { ...shown, ...(shown.remedy !== undefined && { remedy: outsideWizard(shown.remedy) }) };
}

function outsideWizard(remedy: string): string {
  return remedy.replace(/ at the step "[^"]*"/g, ' with "Secure hosts"');
}

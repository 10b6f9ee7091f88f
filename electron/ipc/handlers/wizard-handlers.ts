import type { Wizard } from '../../wizard/wizard.ts';
import type { Handlers } from '../contract.ts';

type WizardCommands = Extract<keyof Handlers, `wizard.${string}`>;

export function wizardHandlers(wizard: Wizard): Pick<Handlers, WizardCommands> {
  const done = (): Promise<Record<string, never>> => Promise.resolve({});
  return {
    'wizard.get': () => Promise.resolve({ wizard: wizard.snapshot() }),
    'wizard.chooseHosts': () => wizard.begin(),
    'wizard.look': () => wizard.begin(),
    'wizard.chooseAuthority': () => wizard.begin(),
    'wizard.setNames': () => wizard.begin(),
    'wizard.deploy': () => wizard.begin(),
    'wizard.undoCertificates': () => wizard.begin(),
    'wizard.setWishes': (wishes) => {
      wizard.setWishes(wishes);
      return done();
    },
    'wizard.applyChanges': () => wizard.begin(),
    'wizard.undoChanges': () => wizard.begin(),
    'wizard.prove': () => wizard.begin(),
    'wizard.rehearse': () => wizard.begin(),
    'wizard.goTo': ({ step }) => {
      wizard.goTo(step);
      return done();
    },
    'wizard.cancel': () => done(),
    'wizard.reset': () => {
      wizard.reset();
      return done();
    },
  };
}

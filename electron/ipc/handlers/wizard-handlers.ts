import type { Wizard } from '../../wizard/wizard.ts';
import type { Handlers } from '../contract.ts';

type WizardCommands = Extract<keyof Handlers, `wizard.${string}`>;

export function wizardHandlers(wizard: Wizard): Pick<Handlers, WizardCommands> {
  const begun = async (taken: Promise<void>): Promise<Record<string, never>> => {
    await taken;
    return {};
  };
  return {
    'wizard.get': () => Promise.resolve({ wizard: wizard.snapshot() }),
    'wizard.chooseHosts': async ({ hostIds }) => begun(wizard.chooseHosts(hostIds)),
    'wizard.look': async () => begun(wizard.look()),
    'wizard.chooseAuthority': async ({ name }) => begun(wizard.chooseAuthority(name)),
    'wizard.setNames': async ({ hostId, names }) => begun(wizard.setNames(hostId, names)),
    'wizard.deploy': async () => begun(wizard.deploy()),
    'wizard.undoCertificates': async ({ hostId }) => begun(wizard.undoCertificates(hostId)),
    'wizard.setWishes': async (wishes) => begun(wizard.setWishes(wishes)),
    'wizard.applyChanges': async () => begun(wizard.applyChanges()),
    'wizard.undoChanges': async ({ hostId }) => begun(wizard.undoChanges(hostId)),
    'wizard.prove': async () => begun(wizard.prove()),
    'wizard.rehearse': async ({ sourceHostId, destinationHostId }) =>
      begun(wizard.rehearse(sourceHostId, destinationHostId)),
    'wizard.goTo': async ({ step }) => begun(wizard.goTo(step)),
    'wizard.cancel': () => {
      wizard.cancel();
      return Promise.resolve({});
    },
    'wizard.reset': async () => begun(wizard.reset()),
  };
}

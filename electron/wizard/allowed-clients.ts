import { knownClients } from '../deploy/allow-list/known-clients.ts';
import type { Allowed } from './allowed.ts';
import { problemOf } from './wizard-problem.ts';
import type { WizardSetting } from './wizard-setting.ts';
import type { WizardState } from './wizard-state.ts';
import type { Work } from './work.ts';

/** Finds out, where it is wished for, who the chosen hosts and this workstation are to the daemons. */
export async function findAllowed(state: WizardState, setting: WizardSetting, work: Work): Promise<void> {
  const { wishes } = state.fields;
  if (!wishes.allowOnlyKnown) {
    state.update({ allowed: undefined });
    return;
  }
  state.update({ allowed: await allowedOrNot(state, setting, work) });
}

async function allowedOrNot(state: WizardState, setting: WizardSetting, work: Work): Promise<Allowed> {
  const targets = state.hosts.map(({ hostId }) => setting.hosts.host(hostId));
  try {
    return { clients: await knownClients(targets, setting.home, work) };
  } catch (error) {
    work.signal.throwIfAborted();
    const { message, remedy } = problemOf(error);
    return { obstacle: { message, remedy } };
  }
}

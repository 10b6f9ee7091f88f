import { BadInputError } from '../common/errors.ts';
import type { HostEntry } from './host-entry.ts';
import type { WizardStep } from './wizard-snapshot.ts';

/** @throws BadInputError `wizard-one-host`, `deploy-same-host`. */
export function requireUsableChoice(entries: readonly HostEntry[]): void {
  if (entries.length < 2) {
    throw new BadInputError('wizard-one-host', 'It takes two hosts to exchange guests.', {
      side: 'client',
      remedy: 'Choose two hosts or more.',
    });
  }
  const names = entries.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new BadInputError('deploy-same-host', `${twice} is chosen twice, by two connect URIs.`, {
    side: 'client',
    remedy: 'Choose it once.',
  });
}

/** @throws BadInputError `wizard-not-looked`. */
export function requireSeen({ name, seen }: HostEntry): void {
  if (seen) return;
  throw new BadInputError('wizard-not-looked', `${name} has not been looked at.`, {
    side: 'client',
    remedy: 'Look at the hosts at the step "Hosts".',
  });
}

export function notYet(step: WizardStep): BadInputError {
  return new BadInputError('wizard-not-yet', `The steps before "${step}" are not in order yet.`, {
    side: 'client',
    remedy: 'Go through them first.',
  });
}

import { BadInputError } from '../common/errors.ts';
import type { SudoPrompts } from '../common/host/sudo-prompts.ts';
import { chooseAuthority } from '../deploy/choose-authority.ts';
import { OneTimeIdentity } from '../deploy/one-time-identity.ts';
import { AuthorityStore } from '../pki/authority-store.ts';
import { unlockAuthority, type UnlockedAuthority } from '../pki/unlocked-authority.ts';
import type { SetupHost } from '../setup/setup-host.ts';
import { readPassphraseFile } from './commands/pki/passphrase-file.ts';
import type { IdentityFlags } from './identity-options.ts';

/** Which authority is to sign, and with it unlocked where its passphrase is given. */
export interface ChosenIdentity {
  authority: string;
  plan(source: SetupHost, destination: string, prompts: SudoPrompts): Promise<OneTimeIdentity>;
  lock(): void;
}

/**
 * @param needsKey whether a certificate will be signed; else the passphrase is only tried where it is given
 * @throws BadInputError `identity-options`, and those of `chooseAuthority`; {PkiError} of the passphrase.
 */
export async function chooseIdentity(
  home: string,
  { oneTimeIdentity, ca, passphraseFile }: IdentityFlags,
  needsKey: boolean,
  warn: (sentence: string) => void,
): Promise<ChosenIdentity> {
  if (oneTimeIdentity !== true) {
    throw badOptions(
      '--ca and --passphrase-file are for a one-time identity.',
      'Give --one-time-identity as well.',
    );
  }
  if (needsKey && passphraseFile === undefined) {
    throw badOptions(
      'A one-time identity is signed with the key of an authority, which a passphrase opens.',
      'Give the passphrase with --passphrase-file FILE.',
    );
  }
  const store = new AuthorityStore(home);
  const authority = await chooseAuthority(store, ca);
  authority.requireKey();
  let unlocked: UnlockedAuthority | undefined;
  if (passphraseFile !== undefined) {
    unlocked = await unlockAuthority(authority, await readPassphraseFile(passphraseFile, warn));
  }
  return {
    authority: authority.name,
    plan: (source, destination, prompts) =>
      OneTimeIdentity.plan({
        source,
        destination,
        store,
        authority,
        prompts,
        unlocked: () => required(unlocked),
      }),
    lock: () => unlocked?.lock(),
  };
}

function required(unlocked: UnlockedAuthority | undefined): UnlockedAuthority {
  if (unlocked !== undefined) return unlocked;
  throw badOptions('The key of the authority was not opened.', 'Give --passphrase-file FILE.');
}

function badOptions(message: string, remedy: string): BadInputError {
  return new BadInputError('identity-options', message, { side: 'client', remedy });
}

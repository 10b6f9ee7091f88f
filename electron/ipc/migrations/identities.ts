import type { AuthorityDesk } from '../../authorities/authority-desk.ts';
import type { IdentityMaker } from '../../common/host/one-time-identity.ts';
import type { SudoPrompts } from '../../common/host/sudo-prompts.ts';
import { OneTimeIdentity } from '../../deploy/one-time-identity.ts';
import { AuthorityStore } from '../../pki/authority-store.ts';
import type { SetupHost } from '../../setup/setup-host.ts';

export interface IdentitiesOptions {
  /** The folder of all state. */
  home: string;
  authorities: AuthorityDesk;
  prompts: SudoPrompts;
}

/** One-time identities by the authorities of this installation; a locked one can be planned with, not signed by. */
export class Identities {
  readonly #options: IdentitiesOptions;

  constructor(options: IdentitiesOptions) {
    this.#options = options;
  }

  /** @throws BadInputError `authority-unknown`; {PkiError} `key-elsewhere` and of a damaged one. */
  async plan(name: string, source: SetupHost, destination: string): Promise<IdentityMaker> {
    const { home, authorities, prompts } = this.#options;
    const store = new AuthorityStore(home);
    const authority = await store.open(name);
    authority.requireKey();
    const unlocked = () => authorities.issuer(name).unlocked;
    return OneTimeIdentity.plan({ source, destination, store, authority, prompts, unlocked });
  }

  /** @throws ViaductError `authority-locked`. */
  requireUnlocked(name: string): void {
    this.#options.authorities.issuer(name);
  }
}

import type { Authority } from '../pki/authority.ts';
import type { AuthorityStore } from '../pki/authority-store.ts';
import { revocationBundle, trustBundle } from '../pki/trust-bundle.ts';
import type { Trust } from './replace-certificates.ts';

/** An authority among the others of its store, which hosts may have to trust as well. */
export interface AuthorityInUse {
  store: AuthorityStore;
  authority: Authority;
}

/** The content of the CA and CRL files of hosts. */
export async function trustIn({ store, authority }: AuthorityInUse, now: Date): Promise<Trust> {
  return {
    authorities: await trustBundle(store, authority, now),
    revocations: await revocationBundle(store, authority, now),
  };
}

import type { RootShell } from './root-shell.ts';

/** A certificate for one migration, by which the source's daemon logs in at the destination, before anything of it exists. */
export interface PlannedIdentity {
  /** The authority that signs it, by its name and by the fingerprint of its certificate. */
  authority: string;
  issuerFingerprint: string;
  /** The name in it, as lists of allowed names have it. */
  subject: string;
  /** PEM: by whom the source is to judge the destination's daemon. */
  trusted: string;
  /** Where it will be on the source, as libvirt's `pkipath` wants it. */
  folder: string;
  lifeMinutes: number;
}

/** Makes the identity of one migration. Handed in: the engine knows no authority and no key. */
export interface IdentityMaker {
  readonly planned: PlannedIdentity;
  /** What was begun is to be removed, also where this rejects. @returns root's hand on the source */
  place(signal: AbortSignal): Promise<RootShell>;
  /** Rejects with what to do by hand when something may be left. */
  remove(): Promise<void>;
}

import type { Credentials } from './sasl-mechanism.ts';

/** What a daemon's login may need of us. */
export interface LoginOptions {
  /**
   * Nobody between here and the daemon can read along: ssh, verified tls, a local socket. Otherwise PLAIN is refused,
   * and a mechanism that encrypts by itself is preferred.
   */
  readonly transportEncrypted: boolean;
  /** The host's full name: Kerberos' service and the realm of DIGEST-MD5 are named after it. */
  readonly server: string;
  /** The URI's `auth`: `sasl`, `sasl.MECHANISM` or `polkit`; else what the daemon asks for. */
  readonly method?: string | undefined;
  readonly credentials: CredentialSource;
}

export interface CredentialRequest {
  readonly server: string;
  readonly mechanism: string;
  /** 1 for the first time; above 1, the daemon refused what was given before. */
  readonly attempt: number;
  /** Fires when the connection is given up. The time that a person takes does not count. */
  readonly signal: AbortSignal;
}

/** A user name and password for a login; `undefined` when there is none, or none that was not tried yet. */
export type CredentialSource = (request: CredentialRequest) => Promise<Credentials | undefined>;

/** How we came in. */
export interface LoginUsed {
  readonly method: 'none' | 'polkit' | 'sasl';
  readonly mechanism?: string | undefined;
  readonly user?: string | undefined;
  /** The login's own layer: 0 for none, 1 against change only, more for the bits of the key that hides the data. */
  readonly ssf: number;
}

/** For callers without credentials. */
export function noCredentials(server: string): LoginOptions {
  return { transportEncrypted: false, server, credentials: () => Promise.resolve(undefined) };
}

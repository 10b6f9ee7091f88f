import type { SecurityLayer } from './security-layer.ts';

/** The client's side of one SASL login (RFC 4422). Used once. */
export interface SaslMechanism {
  /** As the daemon lists it: `SCRAM-SHA-256`. */
  readonly name: string;
  /** Who logs in, for showing; known at the latest when the login is complete. */
  readonly user: string | undefined;
  /** What is sent along with the name; `undefined` when the server speaks first. */
  start(): Promise<Uint8Array | undefined>;
  /** The answer to a challenge. @throws {AuthError} */
  step(challenge: Uint8Array): Promise<Uint8Array>;
  /**
   * The daemon has let us in, with `data` along or nothing. Checks that it was entitled to, so that nothing is
   * believed before; gives the layer that all bytes behind this answer go through.
   *
   * @throws {AuthError}
   */
  complete(data: Uint8Array | undefined): SecurityLayer | undefined;
  /** Lets go of what a login that failed still holds. A layer that was handed out is its owner's to close. */
  dispose(): void;
}

/** What a person or a file knows about a login. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
  /** For mechanisms with realms; else the daemon's. */
  readonly realm?: string | undefined;
}

import { ViaductError, type ErrorDetails } from '../../common/errors.ts';

export type AuthErrorCode =
  /** The daemon refused the login. */
  | 'auth-failed'
  /** The daemon offers no login that this client can do here, or not the one that was demanded. */
  | 'auth-unsupported'
  /** A user name and password are needed and none were given. */
  | 'auth-credentials-missing'
  /** A credentials file is missing, unreadable or not in the form that libvirt's own client reads. */
  | 'auth-file'
  /** The daemon did not prove that it knows the secret too: it may be somebody else. */
  | 'auth-server-not-proved'
  /** Only PLAIN is offered, and the transport would show the password to everybody on the way. */
  | 'auth-plain-refused'
  /** What the daemon sent does not follow the mechanism's rules. */
  | 'auth-protocol'
  /** A block of the security layer is too long, forged, out of order or cut off. */
  | 'auth-layer-broken'
  | 'auth-kerberos-no-ticket'
  | 'auth-kerberos-ticket-expired'
  | 'auth-kerberos-service-unknown'
  | 'auth-kerberos-clock-skew'
  | 'auth-kerberos-kdc-unreachable'
  | 'auth-kerberos-library-missing'
  | 'auth-kerberos-failed';

/** The login at a daemon did not succeed, or what it secured is no longer trustworthy. Never holds a secret. */
export class AuthError extends ViaductError {
  declare readonly code: AuthErrorCode;

  constructor(code: AuthErrorCode, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
  }
}

/** For an answer that breaks the rules of a mechanism. */
export function mechanismBroken(mechanism: string, what: string): AuthError {
  return new AuthError(
    'auth-protocol',
    `The daemon's ${mechanism} login is not as the standard says: ${what}.`,
    {
      remedy:
        'Check that the address leads to a libvirt daemon, or use another mechanism with "auth=sasl.NAME".',
    },
  );
}

/** For a peer that let us in without showing that it knows the secret. */
export function serverNotProved(mechanism: string): AuthError {
  return new AuthError(
    'auth-server-not-proved',
    `The daemon accepted the ${mechanism} login without proving that it knows the password itself.`,
    {
      remedy:
        'Do not trust this connection: something may stand in for the host. Check its address, and use ssh or tls.',
    },
  );
}

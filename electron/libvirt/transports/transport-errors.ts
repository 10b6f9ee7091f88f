import { ViaductError, type ErrorDetails } from '../../common/errors.ts';

export type TransportErrorCode =
  /** Nothing answers at the address or path. */
  | 'transport-unreachable'
  /** No connection within the time allowed. */
  | 'transport-timeout'
  /** The caller's signal fired. */
  | 'transport-cancelled'
  /** A certificate, key or CA file of this workstation is missing or unreadable. */
  | 'tls-files'
  /** The server's certificate does not prove that it is the server we asked for. */
  | 'tls-server-untrusted'
  /** The server ended the connection instead of accepting our certificate. */
  | 'tls-client-refused'
  /** TLS could not be agreed on. */
  | 'tls-failed'
  /** The program that carries the connection cannot be run. */
  | 'transport-program-missing'
  /** The program that carries the connection ended. */
  | 'transport-program-failed'
  /** What carries the connection ended before the daemon's first answer. */
  | 'transport-silent'
  /** Something writes to the stream before the daemon does. */
  | 'transport-polluted'
  /** None of the ways to the daemon's socket worked. */
  | 'ssh-no-way';

/** The byte stream to a daemon could not be opened. Nothing was asked of the daemon yet. */
export class TransportError extends ViaductError {
  constructor(code: TransportErrorCode, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
  }
}

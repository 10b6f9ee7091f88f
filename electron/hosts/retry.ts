import { BadInputError, ViaductError } from '../common/errors.ts';

/** Failures that will be the same again until a person changes something. */
const needPerson = new Set([
  'ssh-host-key-unknown',
  'ssh-host-key-changed',
  'ssh-host-key-revoked',
  'ssh-auth-failed',
  'ssh-key-unreadable',
  'ssh-passphrase-needed',
  'ssh-bad-target',
  'ssh-cancelled',
  'auth-failed',
  'auth-unsupported',
  'auth-credentials-missing',
  'auth-file',
  'auth-server-not-proved',
  'auth-plain-refused',
  'auth-protocol',
  'auth-kerberos-no-ticket',
  'auth-kerberos-ticket-expired',
  'auth-kerberos-service-unknown',
  'auth-kerberos-library-missing',
  'auth-kerberos-failed',
  'tls-files',
  'tls-server-untrusted',
  'transport-program-missing',
]);

/** Whether trying again by itself can help. */
export function isWorthRetrying(error: unknown): boolean {
  return error instanceof ViaductError && !(error instanceof BadInputError) && !needPerson.has(error.code);
}

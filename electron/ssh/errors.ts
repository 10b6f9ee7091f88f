import { ViaductError, type ErrorDetails } from '../common/errors.ts';

/** Every way in which the SSH layer fails, as stable codes to decide by. */
export type SshErrorCode =
  /** No connection: the name does not resolve, the port refuses, nothing answers, or it is not an SSH server. */
  | 'ssh-unreachable'
  /** The host's key is in none of the known-hosts files, and was not accepted. */
  | 'ssh-host-key-unknown'
  /** Another key is on record for this host. There is no way past this error but to change the record by hand. */
  | 'ssh-host-key-changed'
  /** The key is marked as revoked in a known-hosts file. */
  | 'ssh-host-key-revoked'
  /** The server accepted none of the login methods that could be tried. */
  | 'ssh-auth-failed'
  /** A private key (or known-hosts file) cannot be read or understood. */
  | 'ssh-key-unreadable'
  /** The private key is encrypted and its passphrase was not given, or not correctly. */
  | 'ssh-passphrase-needed'
  /** The server's configuration forbids forwarding to sockets; running a command may still work. */
  | 'ssh-forwarding-refused'
  /** Forwarding is allowed, but nothing accepts connections at that path. */
  | 'ssh-socket-missing'
  /** The remote shell found no such program (exit status 127) or may not run it (126). */
  | 'ssh-command-not-found'
  /** A command ended otherwise than wanted, or an SFTP request was refused. */
  | 'ssh-command-failed'
  /** An established connection broke; the outcome of what was under way is unknown. */
  | 'ssh-link-lost'
  /** The person or the program that asked for it changed its mind, or the given deadline passed. */
  | 'ssh-cancelled'
  /** The host, user, port or path cannot be used safely, or the user's ssh configuration is unusable. */
  | 'ssh-bad-target';

/** What to do where ssh2 has not got what OpenSSH has. */
export const USE_OPENSSH =
  'Let your own OpenSSH make the connection: add command=ssh to the parameters of the connect URI.';

/** Base of every error of the SSH layer. */
export class SshError extends ViaductError {
  override readonly code: SshErrorCode;

  constructor(code: SshErrorCode, message: string, details: ErrorDetails & { remedy: string }) {
    super(code, message, details);
    this.code = code;
  }
}

/** What a remote command left behind when it ended otherwise than wanted. */
export interface CommandOutcome {
  /** The exit status; undefined when a signal ended the command or the server did not say. */
  exitCode: number | undefined;
  /** The last part of standard error, at most 16 KiB, with control characters removed. */
  stderr: string;
}

/** A remote command failed; `exitCode` and `stderr` say how. */
export class SshCommandError extends SshError {
  readonly exitCode: number | undefined;
  readonly stderr: string;

  constructor(
    code: 'ssh-command-not-found' | 'ssh-command-failed',
    message: string,
    details: ErrorDetails & { remedy: string } & CommandOutcome,
  ) {
    super(code, message, details);
    this.exitCode = details.exitCode;
    this.stderr = details.stderr;
  }
}

/** Whether `error` is an SshError, of the given code if one is named. */
export function isSshError(error: unknown, code?: SshErrorCode): error is SshError {
  return error instanceof SshError && (code === undefined || error.code === code);
}

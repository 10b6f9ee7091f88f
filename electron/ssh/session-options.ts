import type { SshPrompts } from './prompts.ts';

/** Which host to log in to. What is left out is taken from the user's ssh configuration, as `ssh` would. */
export interface SshTarget {
  /** A name, an address, or a `Host` alias of the user's ssh configuration. IPv6 without brackets. */
  host: string;
  port?: number;
  user?: string;
  /** A private key: then it is the only one tried, and no agent key but this one. */
  keyFile?: string;
  /** A known-hosts file: then it is the only one consulted, and the one an accepted key is written to. */
  knownHostsFile?: string;
  /** What happens when the host shows a key that is not on record. Default `ask`. */
  hostKeys?: HostKeyPolicy;
  /** Only these logins, in this order. Default: agent, keys, keyboard-interactive, password. */
  logins?: readonly LoginMethod[];
}

/**
 * - `ask`: a person decides about an unknown key, a changed one is refused.
 * - `accept-new`: an unknown key is put on record without a question, a changed one is refused.
 * - `accept-any`: unknown and changed keys are taken for this connection only. Whoever answers could be anybody, so
 *   nothing secret is sent for the login then: no password, no answers to questions.
 *
 * A revoked key is always refused.
 */
export type HostKeyPolicy = 'ask' | 'accept-new' | 'accept-any';

/** Named as in libvirt's parameter `sshauth`. */
export type LoginMethod = 'agent' | 'privkey' | 'password' | 'keyboard-interactive';

export interface SshConnectOptions {
  prompts: SshPrompts;
  /** The known-hosts file of Viaduct itself (`VIADUCT_HOME/known_hosts`): consulted first, and written to. */
  acceptedKeysFile: string;
  /** Gives up at any time, also while a question is open: `ssh-cancelled`. */
  signal?: AbortSignal;
  /** For everything up to the login, without the time a person takes to answer. Default 10 000 ms. */
  connectTimeoutMs?: number;
  /** How often an idle link is probed; it counts as dead after two probes without an answer. Default 10 000 ms. */
  keepaliveIntervalMs?: number;
  /** Read this ssh configuration instead of the user's; `none` reads none. As `ssh -F`. */
  sshConfigFile?: string;
}

export interface ExecOptions {
  /** Sent to the command's standard input, which is then closed. Default: nothing. */
  stdin?: Uint8Array;
  signal?: AbortSignal;
  /** The command is given up after this time, the wait for a free session included. Default 60 000 ms. */
  deadlineMs?: number;
  /** More output than this on standard output is an error. Default 16 MiB. */
  maxOutputBytes?: number;
}

export interface ExecResult {
  /** The exit status. A command that a signal ended is an error, not a result. */
  code: number;
  stdout: Buffer;
  /** The last 16 KiB at most, control characters removed. */
  stderr: string;
}

/** What SFTP tells of a file on the host. */
export interface RemoteFileStat {
  kind: 'file' | 'directory' | 'socket' | 'other';
  sizeBytes: number;
  uid: number;
  gid: number;
  /** Permission bits only, for example 0o600. */
  mode: number;
  modifiedAtMs: number;
}

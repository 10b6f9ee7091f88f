import type { Credentials } from '../libvirt/index.ts';
import type { SshPrompts } from '../ssh/prompts.ts';

/** A libvirt daemon asks for a user name and a password. */
export interface LoginQuestion {
  host: string;
  /** As the daemon calls the way of logging in: `SCRAM-SHA-256`. */
  mechanism: string;
  /** What the URI says; else it is asked too. */
  user: string | undefined;
  /** 1 for the first time; above 1, the answers before were refused. */
  attempt: number;
}

/** How a host asks a person: for its ssh session, and for the login at its daemon. */
export interface HostPrompts extends SshPrompts {
  /** Absent where nobody can be asked; `undefined` when the person cancelled. */
  askLogin?(question: LoginQuestion, signal: AbortSignal): Promise<Credentials | undefined>;
}

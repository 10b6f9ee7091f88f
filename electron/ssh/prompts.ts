import { SshError } from './errors.ts';

/** A host whose key is not on record asks to be trusted. */
export interface HostKeyQuestion {
  host: string;
  port: number;
  /** The key's type as SSH names it, for example `ssh-ed25519`. */
  type: string;
  /** `SHA256:` and base64 without padding, as `ssh-keygen -l` prints it. */
  fingerprint: string;
  /** The known-hosts file that an accepted key is written to. */
  file: string;
  /** Types of other keys on record for this host. Not empty: a new kind of key, or another machine. Warn. */
  otherTypes: readonly string[];
  /** True when the host is on record by a certificate authority only, which cannot be checked here. */
  certificateAuthorityOnly: boolean;
}

/** What speaks against trusting the key, in a sentence to show beside the question; usually nothing. */
export function hostKeyWarning({
  otherTypes,
  certificateAuthorityOnly,
}: HostKeyQuestion): string | undefined {
  if (otherTypes.length > 0) {
    return `Other keys are on record for this host (${otherTypes.join(', ')}): this is a new kind of key, or another machine.`;
  }
  if (certificateAuthorityOnly) {
    return 'This host is on record by a certificate authority only, which cannot be checked here.';
  }
  return undefined;
}

export interface PassphraseQuestion {
  keyFile: string;
  /** 1 for the first time; above 1, the passphrase before was wrong. */
  attempt: number;
}

/** A password, or the questions of a keyboard-interactive login (a one-time code, for example). */
export interface ChallengeQuestion {
  kind: 'password' | 'keyboard-interactive';
  host: string;
  user: string;
  /** 1 for the first time; above 1, the answers before were refused. */
  attempt: number;
  /** Text chosen by the server: show it as plain text, never as markup. */
  title: string;
  instructions: string;
  prompts: readonly { text: string; echo: boolean }[];
}

/**
 * How the SSH layer asks a person.
 *
 * Every answer may take as long as it needs; `signal` ends the question when the connection is given up.
 * An `undefined` answer means that the person cancelled. Answers are secrets: they are never kept or logged.
 */
export interface SshPrompts {
  /** False where nobody can be asked: then password logins are not tried at all. */
  readonly interactive: boolean;
  confirmHostKey(question: HostKeyQuestion, signal: AbortSignal): Promise<boolean>;
  askPassphrase(question: PassphraseQuestion, signal: AbortSignal): Promise<string | undefined>;
  /** One answer for each entry of `prompts`, in order. */
  answerChallenge(question: ChallengeQuestion, signal: AbortSignal): Promise<readonly string[] | undefined>;
}

/** For runs where nobody can answer: every question fails with an error that names the option to use instead. */
export const noPrompts: SshPrompts = {
  interactive: false,
  confirmHostKey: (question) => Promise.reject(unknownHostKey(question)),
  askPassphrase: ({ keyFile }) =>
    Promise.reject(
      new SshError(
        'ssh-passphrase-needed',
        `The key ${keyFile} is encrypted, and nobody can be asked for its passphrase here.`,
        {
          remedy: `Load it into the agent with "ssh-add ${keyFile}", or name a key without a passphrase with the URI parameter keyfile=.`,
        },
      ),
    ),
  answerChallenge: ({ host, user }) =>
    Promise.reject(
      new SshError('ssh-auth-failed', `${host} asks ${user} for a password, and nobody can be asked here.`, {
        remedy:
          'Name a private key with the URI parameter keyfile=, or load one into the agent with ssh-add.',
      }),
    ),
};

/** The error for a key that is not on record and that nobody accepted. */
export function unknownHostKey(question: HostKeyQuestion): SshError {
  const { host, port, type, fingerprint } = question;
  const context = question.certificateAuthorityOnly
    ? ' It is on record by a certificate authority (@cert-authority) only, and host certificates cannot be checked here.'
    : question.otherTypes.length > 0
      ? ` It is on record with other keys (${question.otherTypes.join(', ')}), which the host did not show.`
      : '';
  return new SshError(
    'ssh-host-key-unknown',
    `The host key of ${host} port ${port} is not known: ${type} ${fingerprint}.${context}`,
    {
      remedy:
        `Compare the fingerprint with the host's own ("ssh-keygen -lf /etc/ssh/ssh_host_${shortType(type)}_key.pub" on its console), ` +
        `then add the key to ${question.file} with "ssh-keyscan -p ${port} ${host}", or name a file that has it with the URI parameter known_hosts=.`,
    },
  );
}

function shortType(type: string): string {
  if (type.startsWith('ecdsa')) return 'ecdsa';
  return type === 'ssh-rsa' ? 'rsa' : 'ed25519';
}

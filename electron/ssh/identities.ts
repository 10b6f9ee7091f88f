import type { AnyAuthMethod, KeyboardInteractiveCallback, Prompt } from 'ssh2';
import { agentKeyTypes } from './agent-key-types.ts';
import { OrderedAgent } from './agent.ts';
import { cancelled } from './deadline.ts';
import { isSshError, SshError, USE_OPENSSH } from './errors.ts';
import { printable } from '../common/printable.ts';
import { loadPrivateKey, publicKeyBlob } from './private-key.ts';
import type { ChallengeQuestion, SshPrompts } from './prompts.ts';
import type { LoginMethod } from './session-options.ts';

const MAX_ATTEMPTS = 3;
const MAX_QUESTIONS = 16;
const DEFAULT_METHODS: readonly LoginMethod[] = ['agent', 'privkey', 'keyboard-interactive', 'password'];
/** Certificates, and keys on security keys. */
const NEEDS_OPENSSH = /-cert-v\d+@|^sk-/;

export interface LoginRequest {
  host: string;
  user: string;
  /** Then only this key is tried, from the file or from the agent. */
  keyFile: string | undefined;
  identityFiles: readonly string[];
  /** Of the user's ssh configuration; they cannot be used, and that is said. */
  certificateFiles: readonly string[];
  identitiesOnly: boolean;
  agentSocket: string | undefined;
  /** Which logins to try, in this order. */
  methods: readonly LoginMethod[] | undefined;
  /** Whether the host is known to be the one it says it is, so that passwords may be sent. Asked after the key exchange. */
  mayTellSecrets: () => boolean;
  prompts: SshPrompts;
  /** Ends open questions. */
  signal: AbortSignal;
  /** Asks a person, with the connection's clock stopped. */
  ask: <T>(question: () => Promise<T>) => Promise<T>;
  /** Ends the login with an error; for failures inside a question that the server asked. */
  fail: (error: unknown) => void;
}

/**
 * The logins to try, one after the other: the named key; or the agent, then the user's identity files; then, where
 * a person can be asked, keyboard-interactive and password. `methods` limits them and gives another order.
 *
 * OpenSSH certificates cannot be used: ssh2 writes one name for the algorithm of the key and that of the signature
 * (Protocol.authPK of 1.17), and for a certificate they differ.
 */
export class Login {
  readonly #request: LoginRequest;
  readonly #tried: string[] = [];
  readonly #unused: string[] = [];
  #skipped: SshError | undefined;
  /** What the server takes, after its first refusal; undefined before. */
  #offered: readonly string[] | undefined;
  readonly #methods: AsyncGenerator<AnyAuthMethod, undefined>;

  constructor(request: LoginRequest) {
    this.#request = request;
    this.#methods = this.#inOrder();
  }

  /** The next login to try, given the methods that the server said are left; undefined when all were tried. */
  async next(offered: readonly string[] | undefined): Promise<AnyAuthMethod | undefined> {
    this.#offered = offered;
    const { value } = await this.#methods.next();
    return value;
  }

  /** What the user's ssh configuration asks for and was not done. */
  get notes(): readonly string[] {
    return this.#request.certificateFiles.map(
      (file) =>
        `The certificate ${printable(file, 200)} of your ssh configuration is not used. ${USE_OPENSSH}`,
    );
  }

  noteAgentFailure(): void {
    this.#tried.splice(this.#tried.indexOf('agent'), 1, 'agent (no answer)');
  }

  /** Says what was tried, never with what. `detail` is the server's own word, if it gave one. */
  refused(detail?: string): SshError {
    const { host, user } = this.#request;
    if (this.#skipped && this.#tried.length === 0) return this.#skipped;
    const tried = this.#tried.length > 0 ? this.#tried.join(', ') : 'no usable key was found';
    const offered = this.#offered ? ` It takes: ${printable(this.#offered.join(', '), 200)}.` : '';
    const said = detail ? ` It says: ${printable(detail, 200)}.` : '';
    return new SshError(
      'ssh-auth-failed',
      `${host} refuses to log ${user} in; tried: ${tried}.${offered}${said}`,
      {
        cause: this.#skipped,
        remedy:
          this.#unused.length > 0
            ? `Not used: ${this.#unused.join('; ')}. ${USE_OPENSSH}`
            : `Check the user name, and that a public key of yours is in ${user}'s authorized_keys on ${host}; name the key with keyfile=.`,
      },
    );
  }

  async *#inOrder(): AsyncGenerator<AnyAuthMethod, undefined> {
    const username = this.#request.user;
    yield { type: 'none', username };
    this.#unused.push(...this.#request.certificateFiles.map((file) => `certificate ${printable(file, 200)}`));
    for (const method of this.#request.methods ?? DEFAULT_METHODS) {
      if (method === 'agent') yield* this.#agentKeys(username);
      else if (method === 'privkey') yield* this.#keyFiles(username);
      else yield* this.#questions(username, method);
    }
    return undefined;
  }

  async *#questions(
    username: string,
    method: 'password' | 'keyboard-interactive',
  ): AsyncGenerator<AnyAuthMethod, void> {
    if (!this.#request.prompts.interactive) return;
    if (!this.#request.mayTellSecrets()) {
      this.#unused.push(`${method}, because the host key is not checked`);
      return;
    }
    for (let attempt = 1; attempt <= MAX_ATTEMPTS && this.#offers(method); attempt++) {
      yield method === 'password'
        ? await this.#password(username, attempt)
        : this.#keyboardInteractive(username, attempt);
    }
  }

  #offers(method: string): boolean {
    return this.#offered?.includes(method) ?? true;
  }

  async *#agentKeys(username: string): AsyncGenerator<AnyAuthMethod, void> {
    const { agentSocket, keyFile, identityFiles, identitiesOnly } = this.#request;
    if (agentSocket === undefined || !this.#offers('publickey')) return;
    const unusable = (await agentKeyTypes(agentSocket)).filter((type) => NEEDS_OPENSSH.test(type));
    this.#unused.push(...unusable.map((type) => `${printable(type, 64)} of the agent`));
    const files = keyFile === undefined ? identityFiles : [keyFile];
    const blobs = (await Promise.all(files.map(publicKeyBlob))).filter((blob) => blob !== undefined);
    const onlyPreferred = keyFile !== undefined || identitiesOnly;
    if (onlyPreferred && blobs.length === 0) return;
    this.#tried.push('agent');
    yield { type: 'agent', username, agent: new OrderedAgent(agentSocket, blobs, onlyPreferred) };
  }

  async *#keyFiles(username: string): AsyncGenerator<AnyAuthMethod, void> {
    const { keyFile, identityFiles, prompts, signal, ask } = this.#request;
    for (const file of keyFile === undefined ? identityFiles : [keyFile]) {
      if (!this.#offers('publickey')) return;
      try {
        const key = await loadPrivateKey(file, (attempt) =>
          ask(() => prompts.askPassphrase({ keyFile: file, attempt }, signal)),
        );
        if (key) {
          this.#tried.push(`key ${file}`);
          yield { type: 'publickey', username, key };
        } else if (keyFile !== undefined) {
          throw new SshError('ssh-key-unreadable', `There is no private key at ${file}.`, {
            remedy: 'Correct the URI parameter keyfile=.',
          });
        }
      } catch (error) {
        const isOptional = keyFile === undefined && !prompts.interactive;
        const canSkip =
          isSshError(error, 'ssh-key-unreadable') ||
          (isOptional && isSshError(error, 'ssh-passphrase-needed'));
        if (keyFile !== undefined || !canSkip) throw error;
        this.#skipped = error;
      }
    }
  }

  async #password(username: string, attempt: number): Promise<AnyAuthMethod> {
    const [password] = await this.#answers({
      kind: 'password',
      attempt,
      title: '',
      instructions: '',
      prompts: [{ text: `Password of ${username} on ${this.#request.host}`, echo: false }],
    });
    this.#tried.push('password');
    return { type: 'password', username, password: password ?? '' };
  }

  #keyboardInteractive(username: string, attempt: number): AnyAuthMethod {
    this.#tried.push('keyboard-interactive');
    return {
      type: 'keyboard-interactive',
      username,
      prompt: (name, instructions, _language, prompts, finish) => {
        this.#answerServer({ attempt, name, instructions, prompts, finish }).catch(this.#request.fail);
      },
    };
  }

  async #answerServer(asked: {
    attempt: number;
    name: string;
    instructions: string;
    prompts: Prompt[];
    finish: KeyboardInteractiveCallback;
  }): Promise<void> {
    if (asked.prompts.length > MAX_QUESTIONS) {
      throw this.refused('more questions at once than Viaduct puts to a person');
    }
    const answers =
      asked.prompts.length === 0
        ? []
        : await this.#answers({
            kind: 'keyboard-interactive',
            attempt: asked.attempt,
            title: printable(asked.name, 200),
            instructions: printable(asked.instructions),
            prompts: asked.prompts.map(({ prompt, echo }) => ({
              text: printable(prompt, 200),
              echo: echo === true,
            })),
          });
    asked.finish([...answers]);
  }

  async #answers(question: Omit<ChallengeQuestion, 'host' | 'user'>): Promise<readonly string[]> {
    const { host, user, prompts, signal, ask } = this.#request;
    const answers = await ask(() => prompts.answerChallenge({ ...question, host, user }, signal));
    if (answers === undefined) throw cancelled();
    return answers;
  }
}

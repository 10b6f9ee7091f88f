import type { ServerHostKeyAlgorithm } from 'ssh2';
import { SshError } from './errors.ts';
import { appendKnownHost, loadKnownHosts } from './known-hosts-files.ts';
import { checkHostKey, hostKeyAlgorithms, type HostKeyVerdict, type KnownHostEntry } from './known-hosts.ts';
import { unknownHostKey, type SshPrompts } from './prompts.ts';
import type { HostKeyPolicy } from './session-options.ts';

export interface HostKeyRecords {
  /** The name and port to look up. */
  host: string;
  port: number;
  files: readonly string[];
  /** Where an accepted key is written. */
  acceptedKeysFile: string;
  policy: HostKeyPolicy;
}

/** `new`: put on record just now without a question. `none`: it could be anybody's. */
export type HostKeyEvidence = 'record' | 'person' | 'new' | 'none';

/** Decides whether the key that a host shows is the host's. */
export class HostKeyCheck {
  /** What to propose to the server, so that it shows a key that is on record. */
  readonly algorithms: ServerHostKeyAlgorithm[];
  readonly #records: HostKeyRecords;
  readonly #entries: readonly KnownHostEntry[];
  #accepted: { key: Buffer; evidence: HostKeyEvidence } | undefined;

  static async load(records: HostKeyRecords): Promise<HostKeyCheck> {
    return new HostKeyCheck(records, await loadKnownHosts(records.files));
  }

  private constructor(records: HostKeyRecords, entries: readonly KnownHostEntry[]) {
    this.#records = records;
    this.#entries = entries;
    this.algorithms = hostKeyAlgorithms(entries, records.host, records.port);
  }

  /** The key that was taken for the host's, and why; undefined before. */
  get accepted(): { key: Buffer; evidence: HostKeyEvidence } | undefined {
    return this.#accepted;
  }

  /**
   * Returns if the key is on record or the policy lets it pass; throws if not.
   *
   * A key exchange later in the same connection must show the same key.
   */
  async verify(
    key: Buffer,
    prompts: SshPrompts,
    signal: AbortSignal,
    ask: <T>(question: () => Promise<T>) => Promise<T>,
  ): Promise<void> {
    if (this.#accepted?.key.equals(key)) return;
    if (this.#accepted) throw this.#changedMeanwhile();
    const { host, port, policy, acceptedKeysFile } = this.#records;
    const verdict = checkHostKey(this.#entries, host, port, key);
    let evidence: HostKeyEvidence = 'record';
    if (verdict.kind === 'revoked') throw this.#revoked(verdict);
    if (verdict.kind !== 'known' && policy === 'accept-any') evidence = 'none';
    else if (verdict.kind === 'changed') throw this.#changed(verdict);
    else if (verdict.kind === 'unknown') {
      const question = { host, port, file: acceptedKeysFile, ...verdict };
      const isNew = policy === 'accept-new' && verdict.otherTypes.length === 0;
      if (!isNew && !(await ask(() => prompts.confirmHostKey(question, signal)))) {
        throw unknownHostKey(question);
      }
      await appendKnownHost(acceptedKeysFile, host, port, key);
      evidence = isNew ? 'new' : 'person';
    }
    this.#accepted = { key: Buffer.from(key), evidence };
  }

  #changed({ type, fingerprint, file, line }: Verdict<'changed'>): SshError {
    const { host, port } = this.#records;
    return new SshError(
      'ssh-host-key-changed',
      `${host} port ${port} shows another host key (${type} ${fingerprint}) than the one on record in ${file} line ${line}: ` +
        'it was installed anew, or something stands between you and it.',
      { remedy: `Ask whoever runs ${host}. Only if the new key is right, remove line ${line} from ${file}.` },
    );
  }

  #changedMeanwhile(): SshError {
    const { host, port } = this.#records;
    return new SshError(
      'ssh-host-key-changed',
      `${host} port ${port} changed its host key during the connection.`,
      {
        remedy: `Do not trust the connection; ask whoever runs ${host}.`,
      },
    );
  }

  #revoked({ type, fingerprint, file, line }: Verdict<'revoked'>): SshError {
    const { host, port } = this.#records;
    return new SshError(
      'ssh-host-key-revoked',
      `${host} port ${port} shows a host key that was revoked: ${type} ${fingerprint} (${file} line ${line}).`,
      { remedy: `Do not use this host until whoever runs ${host} has given it a new key.` },
    );
  }
}

type Verdict<K extends HostKeyVerdict['kind']> = Extract<HostKeyVerdict, { kind: K }>;

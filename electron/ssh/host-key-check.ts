import type { ServerHostKeyAlgorithm } from 'ssh2';
import { SshError } from './errors.ts';
import { appendKnownHost, loadKnownHosts } from './known-hosts-files.ts';
import { checkHostKey, hostKeyAlgorithms, type KnownHostEntry } from './known-hosts.ts';
import { unknownHostKey, type SshPrompts } from './prompts.ts';

export interface HostKeyRecords {
  /** The name and port to look up. */
  host: string;
  port: number;
  files: readonly string[];
  /** Where an accepted key is written. */
  acceptedKeysFile: string;
}

/** Decides whether the key that a host shows is the host's. */
export class HostKeyCheck {
  /** What to propose to the server, so that it shows a key that is on record. */
  readonly algorithms: ServerHostKeyAlgorithm[];
  readonly #records: HostKeyRecords;
  readonly #entries: readonly KnownHostEntry[];
  #accepted: Buffer | undefined;

  static async load(records: HostKeyRecords): Promise<HostKeyCheck> {
    return new HostKeyCheck(records, await loadKnownHosts(records.files));
  }

  private constructor(records: HostKeyRecords, entries: readonly KnownHostEntry[]) {
    this.#records = records;
    this.#entries = entries;
    this.algorithms = hostKeyAlgorithms(entries, records.host, records.port);
  }

  /** The key that was found right; undefined before. */
  get acceptedKey(): Buffer | undefined {
    return this.#accepted;
  }

  /**
   * Returns if the key is on record, or was accepted just now and put on record; throws if not.
   *
   * A key exchange later in the same connection must show the same key.
   */
  async verify(
    key: Buffer,
    prompts: SshPrompts,
    signal: AbortSignal,
    ask: <T>(question: () => Promise<T>) => Promise<T>,
  ): Promise<void> {
    const { host, port, acceptedKeysFile } = this.#records;
    if (this.#accepted) {
      if (this.#accepted.equals(key)) return;
      throw new SshError(
        'ssh-host-key-changed',
        `${host} port ${port} changed its host key during the connection.`,
        {
          remedy: `Do not trust the connection; ask whoever runs ${host}.`,
        },
      );
    }
    const verdict = checkHostKey(this.#entries, host, port, key);
    switch (verdict.kind) {
      case 'known':
        break;
      case 'changed':
        throw new SshError(
          'ssh-host-key-changed',
          `${host} port ${port} shows another host key (${verdict.type} ${verdict.fingerprint}) than the one on record in ${verdict.file} line ${verdict.line}: ` +
            'it was installed anew, or something stands between you and it.',
          {
            remedy: `Ask whoever runs ${host}. Only if the new key is right, remove line ${verdict.line} from ${verdict.file}.`,
          },
        );
      case 'revoked':
        throw new SshError(
          'ssh-host-key-revoked',
          `${host} port ${port} shows a host key that was revoked: ${verdict.type} ${verdict.fingerprint} (${verdict.file} line ${verdict.line}).`,
          { remedy: `Do not use this host until whoever runs ${host} has given it a new key.` },
        );
      case 'unknown': {
        const question = { host, port, file: acceptedKeysFile, ...verdict };
        if (!(await ask(() => prompts.confirmHostKey(question, signal)))) throw unknownHostKey(question);
        await appendKnownHost(acceptedKeysFile, host, port, key);
      }
    }
    this.#accepted = Buffer.from(key);
  }
}

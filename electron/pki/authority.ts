import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readAuthorityCertificate, type AuthorityCertificate } from './authority-certificate.ts';
import { readRecord, type AuthorityRecord } from './authority-record.ts';
import { Ledger } from './ledger.ts';
import { PkiError } from './pki-error.ts';

/** What stands in the folder of an authority. */
export const authorityFiles = {
  record: 'authority.json',
  certificate: 'ca-cert.pem',
  /** Encrypted PKCS#8; absent when the requests are signed elsewhere. */
  key: 'ca-key.pem',
  revocationList: 'ca-crl.pem',
  ledger: 'ledger.ndjson',
} as const;

/** An authority on disk, locked. */
export class Authority {
  readonly name: string;
  readonly folder: string;
  readonly certificate: AuthorityCertificate;
  readonly record: AuthorityRecord;
  readonly ledger: Ledger;

  private constructor(folder: string, certificate: AuthorityCertificate, record: AuthorityRecord) {
    this.name = basename(folder);
    this.folder = folder;
    this.certificate = certificate;
    this.record = record;
    this.ledger = new Ledger(join(folder, authorityFiles.ledger));
  }

  /** @throws {PkiError} `authority-damaged`, `authority-newer`; CertificateError. */
  static async open(folder: string): Promise<Authority> {
    const record = await readRecord(join(folder, authorityFiles.record));
    const path = join(folder, authorityFiles.certificate);
    try {
      return new Authority(folder, await readAuthorityCertificate(await readFile(path, 'utf8')), record);
    } catch (cause) {
      throw new PkiError('authority-damaged', `The certificate of the authority in ${path} cannot be used.`, {
        cause,
        side: 'client',
        remedy: 'Restore the folder of the authority from a backup.',
      });
    }
  }

  /** Whether its key is here; else requests are signed elsewhere. */
  get hasKey(): boolean {
    return existsSync(join(this.folder, authorityFiles.key));
  }

  /** The encrypted key. @throws {PkiError} `key-elsewhere`. */
  async keyFile(): Promise<string> {
    try {
      return await readFile(join(this.folder, authorityFiles.key), 'utf8');
    } catch (cause) {
      throw this.#keyElsewhere(cause);
    }
  }

  /** Before a passphrase is asked for. @throws {PkiError} `key-elsewhere`. */
  requireKey(): void {
    if (!this.hasKey) throw this.#keyElsewhere();
  }

  #keyElsewhere(cause?: unknown): PkiError {
    return new PkiError('key-elsewhere', `The key of ${this.name} is not on this machine.`, {
      cause,
      side: 'client',
      remedy:
        'Run "viaduct pki request" for the hosts, have the requests signed where the key is, and bring the certificates to them with "viaduct pki accept".',
    });
  }

  /** The newest revocation list in PEM form; `undefined` while there is none. */
  async revocationList(): Promise<string | undefined> {
    const path = join(this.folder, authorityFiles.revocationList);
    return existsSync(path) ? await readFile(path, 'utf8') : undefined;
  }
}

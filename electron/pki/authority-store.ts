import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder, writeFileAtomically } from '../common/atomic-file.ts';
import { BadInputError } from '../common/errors.ts';
import { readAuthorityCertificate } from './authority-certificate.ts';
import { recordText, type AuthorityRecord } from './authority-record.ts';
import { Authority, authorityFiles } from './authority.ts';
import { encryptedKeyPem, openPrivateKey } from './encrypted-key.ts';
import { makeKeyPair, type KeyKind } from './key-kinds.ts';
import { emptyLedger } from './ledger.ts';
import { authorityValidity } from './lifetimes.ts';
import { checkedAuthorityName } from './names.ts';
import type { Passphrase } from './passphrase.ts';
import { PkiError } from './pki-error.ts';
import { signAuthority } from './sign.ts';
import { requireKeyOf, wallClock, type Clock } from './unlocked-authority.ts';

export interface NewAuthority {
  name: string;
  key: KeyKind;
  days?: number | undefined;
  passphrase: Passphrase;
}

export interface ImportedAuthority {
  name: string;
  certificate: string;
  /** Without it, requests are signed elsewhere. */
  key?: {
    pem: string;
    /** What the key is encrypted with now, if it is. */
    openedWith?: Passphrase;
    /** What it is to be encrypted with here. */
    passphrase: Passphrase;
  };
}

/** The authorities of this installation, a folder for each in `pki` of the state folder. */
export class AuthorityStore {
  readonly #root: string;
  readonly #clock: Clock;

  constructor(home: string, clock: Clock = wallClock) {
    this.#root = join(home, 'pki');
    this.#clock = clock;
  }

  /** By name; what stands in the folder for another reason, such as a creation that was cut off, is passed over. */
  async names(): Promise<string[]> {
    if (!existsSync(this.#root)) return [];
    const found = await readdir(this.#root, { withFileTypes: true });
    return found
      .filter((item) => item.isDirectory() && !item.name.startsWith('.'))
      .map(({ name }) => name)
      .sort();
  }

  /** @throws BadInputError `authority-unknown`; {PkiError} as `Authority.open`. */
  async open(name: string): Promise<Authority> {
    if (!(await this.names()).includes(name)) {
      throw new BadInputError('authority-unknown', `There is no authority ${JSON.stringify(name)}.`, {
        side: 'client',
        remedy: 'See "viaduct pki status" for those that there are.',
      });
    }
    return Authority.open(join(this.#root, name));
  }

  /** Makes an authority with a new key. @throws BadInputError `bad-authority-name`, `authority-exists`, `bad-life`. */
  create(wanted: NewAuthority): Promise<Authority> {
    return this.#make(wanted, { overlaps: [] });
  }

  /**
   * Takes over an authority that exists. Its key is encrypted anew; the file that it came from is left alone.
   *
   * @throws BadInputError as `create`; {PkiError} `authority-unsuitable`, `key-not-opened`, `key-of-another`.
   */
  async import({ name, certificate: text, key }: ImportedAuthority): Promise<Authority> {
    const path = this.#freePath(name);
    const certificate = await readAuthorityCertificate(text);
    if (key === undefined) return this.#place(path, { overlaps: [] }, certificate.pem, undefined);
    const privateKey = openPrivateKey(key.pem, key.openedWith, name);
    requireKeyOf(certificate.publicKey, privateKey, name);
    const keyPem = await encryptedKeyPem(privateKey, key.passphrase);
    return this.#place(path, { overlaps: [] }, certificate.pem, keyPem);
  }

  /**
   * Begins a change of authority: a new one, under a name of its own, which overlaps with the old one (and with what
   * that one overlapped with) until `retire`. Hosts first trust both, then get certificates of the new one.
   *
   * @throws BadInputError as `create`; {PkiError} `authority-replaced` when the old one has a successor already.
   */
  async replace(
    oldName: string,
    successor: Omit<NewAuthority, 'name'> & { name?: string },
  ): Promise<Authority> {
    const old = await this.open(oldName);
    for (const name of await this.names()) {
      if ((await this.open(name)).record.replaces !== oldName) continue;
      throw new PkiError('authority-replaced', `${oldName} has been replaced by ${name} already.`, {
        side: 'client',
        remedy: `Replace ${name} instead.`,
      });
    }
    const links = { overlaps: [oldName, ...old.record.overlaps], replaces: oldName };
    return this.#make({ ...successor, name: successor.name ?? nextName(oldName) }, links);
  }

  /** Ends the overlap with an old authority: its certificates are no longer to be trusted. */
  async retire(name: string, oldName: string): Promise<Authority> {
    const { folder, record } = await this.open(name);
    const overlaps = record.overlaps.filter((overlapped) => overlapped !== oldName);
    await writeFileAtomically(join(folder, authorityFiles.record), recordText({ ...record, overlaps }));
    return Authority.open(folder);
  }

  async #make(
    { name, key, days, passphrase }: NewAuthority,
    links: Pick<AuthorityRecord, 'overlaps' | 'replaces'>,
  ): Promise<Authority> {
    const path = this.#freePath(name);
    const validity = authorityValidity(this.#clock(), days);
    const keys = await makeKeyPair(key);
    const certificate = await signAuthority(name, keys, validity);
    return this.#place(path, links, certificate, await encryptedKeyPem(keys.privateKey, passphrase));
  }

  #freePath(name: string): string {
    const path = join(this.#root, checkedAuthorityName(name));
    if (existsSync(path)) throw exists(name);
    return path;
  }

  /** The folder appears with all that belongs into it, or not at all. */
  async #place(
    path: string,
    links: Pick<AuthorityRecord, 'overlaps' | 'replaces'>,
    certificate: string,
    key: string | undefined,
  ): Promise<Authority> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    const draft = await mkdtemp(join(this.#root, '.new-'));
    const put = (file: string, content: string) => writeFileAtomically(join(draft, file), content);
    try {
      const createdAt = this.#clock().toISOString();
      await put(authorityFiles.record, recordText({ version: 1, createdAt, ...links }));
      await put(authorityFiles.certificate, certificate);
      await put(authorityFiles.ledger, emptyLedger);
      if (key !== undefined) await put(authorityFiles.key, key);
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      throw existsSync(path) ? exists(path) : error;
    }
    await syncFolder(this.#root);
    return Authority.open(path);
  }
}

/** `Lab CA`, `Lab CA 2`, `Lab CA 3`, ... */
function nextName(name: string): string {
  const [, stem = name, number = '1'] = /^(.*) (\d{1,4})$/.exec(name) ?? [];
  return `${stem} ${Number(number) + 1}`;
}

function exists(name: string): BadInputError {
  return new BadInputError('authority-exists', `There is an authority ${JSON.stringify(name)} already.`, {
    side: 'client',
    remedy: 'Choose another name.',
  });
}

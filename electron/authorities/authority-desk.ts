import { BadInputError, ViaductError } from '../common/errors.ts';
import { DeployedHosts } from '../deploy/deployed-hosts.ts';
import type { Issuer } from '../deploy/deploy.ts';
import { AuthorityStore, type ImportedAuthority, type NewAuthority } from '../pki/authority-store.ts';
import type { Authority } from '../pki/authority.ts';
import { Passphrase } from '../pki/passphrase.ts';
import { unlockAuthority, type UnlockedAuthority } from '../pki/unlocked-authority.ts';
import type { AuthoritiesSnapshot } from './authority-snapshot.ts';
import { describeAuthorities } from './describe-authorities.ts';
import type { PassphraseVault } from './passphrase-vault.ts';

export interface AuthorityDeskOptions {
  /** The folder of all state. */
  home: string;
  vault: PassphraseVault;
  /** Told after each change, also when one locks itself. */
  changed: (snapshot: AuthoritiesSnapshot) => void;
}

/** Whether the key store of the operating system is to keep the passphrase. */
interface Remember {
  remember: boolean;
}

interface Unlocked {
  authority: UnlockedAuthority;
  /** Tells of its end, a moment after it. */
  timer: NodeJS.Timeout;
}

/** Locked by its own timer first, then told. */
const afterEndMs = 50;

/**
 * The certificate authorities of a shell that stays open: one that is made, imported or unlocked can be used for 15
 * minutes, by whatever needs it, and is then locked by itself.
 */
export class AuthorityDesk {
  readonly #store: AuthorityStore;
  readonly #known: DeployedHosts;
  readonly #vault: PassphraseVault;
  readonly #changed: (snapshot: AuthoritiesSnapshot) => void;
  readonly #unlocked = new Map<string, Unlocked>();
  #generation = 0;

  constructor({ home, vault, changed }: AuthorityDeskOptions) {
    this.#store = new AuthorityStore(home);
    this.#known = new DeployedHosts(home);
    this.#vault = vault;
    this.#changed = changed;
  }

  async list(): Promise<AuthoritiesSnapshot> {
    // Numbered before anything is read: of two that overlap, the later one has seen at least as much.
    this.#generation += 1;
    const generation = this.#generation;
    const { protects, sentence } = this.#vault;
    const described = await describeAuthorities(this.#store, {
      unlockedUntilMs: (name) => this.#held(name)?.expiresAt.getTime(),
      remembered: await this.#vault.names(),
    });
    return { generation, ...described, keyStore: { protects, sentence } };
  }

  /**
   * Makes an authority, and leaves it unlocked.
   *
   * @throws BadInputError as `AuthorityStore.create`, `bad-passphrase`, `key-store-none`.
   */
  async create({
    remember,
    passphrase: text,
    ...wanted
  }: Omit<NewAuthority, 'passphrase'> & { passphrase: string } & Remember): Promise<void> {
    const passphrase = new Passphrase(text);
    this.#requireVault(remember);
    await this.#admit(await this.#store.create({ ...wanted, passphrase }), passphrase, remember);
  }

  /**
   * Takes over an authority, and leaves it unlocked where its key is given.
   *
   * @throws BadInputError {PkiError} as `AuthorityStore.import`, `bad-passphrase`, `key-store-none`.
   */
  async import({ name, certificate, key }: AuthorityImport): Promise<void> {
    if (key === undefined) {
      await this.#store.import({ name, certificate });
      return this.#keep(() => this.#vault.remove(name));
    }
    this.#requireVault(key.remember);
    const passphrase = new Passphrase(key.passphrase);
    const opened = key.openedWith === undefined ? {} : { openedWith: new Passphrase(key.openedWith) };
    const imported: ImportedAuthority = {
      name,
      certificate,
      key: { pem: key.pem, passphrase, ...opened },
    };
    await this.#admit(await this.#store.import(imported), passphrase, key.remember);
  }

  /**
   * Opens the key for 15 minutes from now. Without a passphrase, with the one that is remembered.
   *
   * @throws BadInputError `authority-unknown`, `bad-passphrase`, `key-store-none`, `passphrase-not-remembered`;
   * {PkiError} `key-elsewhere`, `key-not-opened`, `key-of-another`; ViaductError `key-store-unreadable`.
   */
  async unlock({
    name,
    passphrase: text,
    remember,
  }: { name: string; passphrase?: string | undefined } & Remember): Promise<void> {
    this.#requireVault(remember);
    const authority = await this.#store.open(name);
    if (text === undefined) {
      this.#hold(await unlockAuthority(authority, await this.#rememberedFor(name)));
    } else {
      const passphrase = new Passphrase(text);
      this.#hold(await unlockAuthority(authority, passphrase));
      if (remember) return this.#keep(() => this.#vault.put(name, passphrase));
    }
    await this.#publish();
  }

  /** Forgets the key; what is being signed is finished. */
  async lock(name: string): Promise<void> {
    this.#drop(name);
    await this.#publish();
  }

  /** Takes the passphrase out of the key store. @throws ViaductError `key-store-unreadable`. */
  async forget(name: string): Promise<void> {
    await this.#keep(() => this.#vault.remove(name));
  }

  /**
   * An unlocked authority, for making certificates with; the key in it locks itself when its time is over.
   *
   * @throws ViaductError `authority-locked`.
   */
  issuer(name: string): Issuer {
    const unlocked = this.#held(name);
    if (unlocked !== undefined) return { store: this.#store, unlocked, known: this.#known };
    throw new ViaductError('authority-locked', `The certificate authority ${name} is locked.`, {
      side: 'client',
      remedy: 'Unlock it with its passphrase, then try again.',
    });
  }

  /** Locks all. */
  close(): void {
    for (const name of [...this.#unlocked.keys()]) this.#drop(name);
  }

  /** What the key store has under this name is of an authority that was there before. */
  async #admit(authority: Authority, passphrase: Passphrase, remember: boolean): Promise<void> {
    const { name } = authority;
    this.#hold(await unlockAuthority(authority, passphrase));
    await this.#keep(() => (remember ? this.#vault.put(name, passphrase) : this.#vault.remove(name)));
  }

  /** When the key store fails, what was done before is told all the same. */
  async #keep(change: () => Promise<void>): Promise<void> {
    try {
      await change();
    } finally {
      await this.#publish();
    }
  }

  async #rememberedFor(name: string): Promise<Passphrase> {
    const passphrase = await this.#vault.get(name);
    if (passphrase !== undefined) return passphrase;
    throw new BadInputError('passphrase-not-remembered', `The passphrase of ${name} is not remembered.`, {
      side: 'client',
      remedy: 'Type it.',
    });
  }

  /** Before anything is made or opened: not after it that remembering is impossible. */
  #requireVault(remember: boolean): void {
    if (!remember || this.#vault.protects) return;
    throw new BadInputError('key-store-none', this.#vault.sentence, {
      side: 'client',
      remedy: 'Go on without remembering the passphrase.',
    });
  }

  #held(name: string): UnlockedAuthority | undefined {
    const authority = this.#unlocked.get(name)?.authority;
    return authority?.isLocked === false ? authority : undefined;
  }

  #hold(authority: UnlockedAuthority): void {
    const { name } = authority.authority;
    this.#drop(name);
    const leftMs = authority.expiresAt.getTime() - authority.now().getTime();
    const tell = () => {
      // A folder that cannot be read just then is told of by whoever asks next.
      this.#publish().catch(() => undefined);
    };
    const timer = setTimeout(tell, leftMs + afterEndMs).unref();
    this.#unlocked.set(name, { authority, timer });
  }

  #drop(name: string): void {
    const held = this.#unlocked.get(name);
    if (held === undefined) return;
    clearTimeout(held.timer);
    held.authority.lock();
    this.#unlocked.delete(name);
  }

  async #publish(): Promise<void> {
    this.#changed(await this.list());
  }
}

export interface AuthorityImport {
  name: string;
  certificate: string;
  /** Without it, requests are signed elsewhere. */
  key?: ({ pem: string; openedWith?: string | undefined; passphrase: string } & Remember) | undefined;
}

import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { safeStorage } from 'electron';
import { z } from 'zod';
import { noVault } from '../authorities/no-vault.ts';
import type { PassphraseVault } from '../authorities/passphrase-vault.ts';
import { writeFileAtomically } from '../common/atomic-file.ts';
import { ViaductError } from '../common/errors.ts';
import { Passphrase } from '../pki/passphrase.ts';

const fileSchema = z.strictObject({
  version: z.literal(1),
  /** By the authority's name; encrypted by the key store, as base64. */
  passphrases: z.record(z.string(), z.base64()),
});

/** The stores of Linux that keep their key behind the user's login, by Electron's names for them. */
const linuxStores: ReadonlyMap<string, string> = new Map([
  ['gnome_libsecret', 'the GNOME keyring'],
  ['kwallet', 'KWallet'],
  ['kwallet5', 'KWallet'],
  ['kwallet6', 'KWallet'],
]);

/**
 * Remembers passphrases by the key store of the operating system, in `pki/passphrases.json` of the state folder; none
 * where there is no store that really protects. Call it when the app is ready: before, Linux's store is not known.
 */
export function desktopVault(home: string, platform: NodeJS.Platform): PassphraseVault {
  const store = keyStoreOf(platform);
  if (store === undefined) {
    return noVault('This desktop has no key store that protects a passphrase, so none is remembered.');
  }
  return new SafeStorageVault(join(home, 'pki', 'passphrases.json'), store, platform);
}

/** What would protect a passphrase, in words; never what only looks like it. */
function keyStoreOf(platform: NodeJS.Platform): string | undefined {
  switch (platform) {
    case 'darwin':
      return 'the macOS Keychain';
    case 'win32':
      return 'Windows (DPAPI)';
    case 'linux':
      return linuxStores.get(safeStorage.getSelectedStorageBackend());
    default:
      return undefined;
  }
}

class SafeStorageVault implements PassphraseVault {
  readonly protects = true;
  readonly sentence: string;
  readonly #path: string;
  readonly #platform: NodeJS.Platform;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(path: string, store: string, platform: NodeJS.Platform) {
    this.#path = path;
    this.#platform = platform;
    this.sentence = `Remembered passphrases are encrypted with a key that ${store} keeps for your login.`;
  }

  /** A file that cannot be read remembers nothing; whoever uses it is told why. */
  async names(): Promise<ReadonlySet<string>> {
    const stored = await this.#read().catch(() => new Map<string, string>());
    return new Set(stored.keys());
  }

  async get(name: string): Promise<Passphrase | undefined> {
    const encrypted = (await this.#read()).get(name);
    if (encrypted === undefined) return undefined;
    try {
      const { result } = await safeStorage.decryptStringAsync(Buffer.from(encrypted, 'base64'));
      return new Passphrase(result);
    } catch (cause) {
      throw new ViaductError(
        'key-store-unreadable',
        `The key store does not give the passphrase of ${name}.`,
        {
          cause,
          side: 'client',
          remedy: 'Type the passphrase, and have it remembered anew.',
        },
      );
    }
  }

  async put(name: string, passphrase: Passphrase): Promise<void> {
    const encrypted = await this.#encrypt(passphrase);
    await this.#change((stored) => stored.set(name, encrypted.toString('base64')));
  }

  async remove(name: string): Promise<void> {
    if (!(await this.#read()).has(name)) return;
    await this.#change((stored) => stored.delete(name));
  }

  async #encrypt(passphrase: Passphrase): Promise<Buffer> {
    try {
      const encrypted = await safeStorage.encryptStringAsync(passphrase.reveal());
      if (this.#platform !== 'linux' || !isEncryptedWithPublicKey(encrypted)) return encrypted;
    } catch (cause) {
      throw this.#refuses(cause);
    }
    throw this.#refuses();
  }

  #refuses(cause?: unknown): ViaductError {
    return new ViaductError('key-store-none', 'The key store does not take the passphrase.', {
      cause,
      side: 'client',
      remedy: 'Unlock the key store of your desktop, or go on without remembering the passphrase.',
    });
  }

  /** Changes follow each other in the order of the calls. */
  #change(change: (stored: Map<string, string>) => unknown): Promise<void> {
    const write = async (): Promise<void> => {
      const stored = await this.#read();
      change(stored);
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      const text = JSON.stringify({ version: 1, passphrases: Object.fromEntries(stored) }, undefined, 2);
      await writeFileAtomically(this.#path, `${text}\n`);
    };
    const done = this.#writing.then(write, write);
    this.#writing = done;
    return done;
  }

  async #read(): Promise<Map<string, string>> {
    try {
      const { passphrases } = fileSchema.parse(JSON.parse(await readFile(this.#path, 'utf8')));
      return new Map(Object.entries(passphrases));
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return new Map();
      throw new ViaductError(
        'key-store-unreadable',
        `The remembered passphrases in ${this.#path} cannot be read.`,
        {
          cause,
          side: 'client',
          remedy: 'Move the file away; the passphrases are then typed, and can be remembered anew.',
        },
      );
    }
  }
}

/**
 * Whether Chromium fell back to the key that is the same in every installation: on Linux it marks what that one has
 * encrypted with `v10` (components/os_crypt, PosixKeyProvider).
 */
function isEncryptedWithPublicKey(encrypted: Buffer): boolean {
  return encrypted.subarray(0, 3).toString('latin1') === 'v10';
}

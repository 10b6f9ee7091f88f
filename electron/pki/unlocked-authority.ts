import { randomBytes, sign, verify, type KeyObject, type webcrypto } from 'node:crypto';
import type { Authority } from './authority.ts';
import { openPrivateKey } from './encrypted-key.ts';
import { signingAlgorithm } from './key-kinds.ts';
import type { Passphrase } from './passphrase.ts';
import { PkiError } from './pki-error.ts';
import { signLeaf, signRevocationList, type Leaf, type RevocationListContent } from './sign.ts';

/** The wall clock; tests hand in another. */
export type Clock = () => Date;
export const wallClock: Clock = () => new Date();

/** For how long an authority may stay unlocked, in minutes. */
export const unlockMinutes = { usual: 15, most: 480 } as const;

/**
 * Opens the key of an authority for some minutes, at most 8 hours.
 *
 * @throws {PkiError} `key-elsewhere`, `key-not-opened`, `key-of-another`.
 */
export async function unlockAuthority(
  authority: Authority,
  passphrase: Passphrase,
  { clock = wallClock, minutes = unlockMinutes.usual }: { clock?: Clock; minutes?: number } = {},
): Promise<UnlockedAuthority> {
  const key = openPrivateKey(await authority.keyFile(), passphrase, authority.name);
  requireKeyOf(authority.certificate.publicKey, key, authority.name);
  return new UnlockedAuthority(authority, key, clock, Math.min(minutes, unlockMinutes.most) * 60_000);
}

/**
 * Makes sure of it by a signature: the cipher of a key file does not notice when the file was altered.
 *
 * @throws {PkiError} `key-of-another`.
 */
export function requireKeyOf(publicKey: KeyObject, privateKey: KeyObject, what: string): void {
  const probe = randomBytes(32);
  if (verify('sha256', probe, publicKey, sign('sha256', probe, privateKey))) return;
  throw new PkiError('key-of-another', `The key does not belong to the certificate of ${what}.`, {
    side: 'client',
    remedy: 'Give the key that the certificate was made for.',
  });
}

/**
 * An authority whose key is in memory, as a key that cannot be exported, until `expiresAt` or `lock`.
 *
 * The end is kept by the wall clock (a computer that slept has not stopped it) and by a timer (a clock that was
 * set back cannot put it off).
 */
export class UnlockedAuthority {
  readonly authority: Authority;
  readonly expiresAt: Date;
  readonly #clock: Clock;
  readonly #timer: NodeJS.Timeout;
  #key: webcrypto.CryptoKey | undefined;

  constructor(authority: Authority, privateKey: KeyObject, clock: Clock, lifeMs: number) {
    this.authority = authority;
    this.expiresAt = new Date(clock().getTime() + lifeMs);
    this.#clock = clock;
    this.#key = privateKey.toCryptoKey(signingAlgorithm(privateKey), false, ['sign']);
    this.#timer = setTimeout(() => this.lock(), lifeMs).unref();
  }

  /** What the clock says that its end is judged by. */
  now(): Date {
    return this.#clock();
  }

  get isLocked(): boolean {
    if (this.now() >= this.expiresAt) this.lock();
    return this.#key === undefined;
  }

  /** Forgets the key. Signing that has begun is finished. */
  lock(): void {
    clearTimeout(this.#timer);
    this.#key = undefined;
  }

  /** @throws {PkiError} `authority-locked`, `name-of-authority`. */
  signLeaf(leaf: Leaf): Promise<string> {
    return signLeaf(this.authority.certificate, this.#unlockedKey(), leaf);
  }

  /** @throws {PkiError} `authority-locked`, `authority-unsuitable`. */
  signRevocationList(content: RevocationListContent): Promise<string> {
    return signRevocationList(this.authority.certificate, this.#unlockedKey(), content);
  }

  #unlockedKey(): webcrypto.CryptoKey {
    if (!this.isLocked && this.#key !== undefined) return this.#key;
    throw new PkiError('authority-locked', `The key of ${this.authority.name} is locked again.`, {
      side: 'client',
      remedy: 'Give its passphrase once more.',
    });
  }
}

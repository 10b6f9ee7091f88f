import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

import { AuthError, mechanismBroken, serverNotProved } from '../auth-error.ts';
import type { Credentials, SaslMechanism } from '../sasl-mechanism.ts';
import { saslprep } from '../saslprep.ts';
import { escapeName, parseServerFinal, parseServerFirst, type ServerFirst } from './scram-messages.ts';

const derive = promisify(pbkdf2);

/** Hashes and their length in bytes. */
const hashes = {
  'SCRAM-SHA-256': ['sha256', 32],
  'SCRAM-SHA-1': ['sha1', 20],
} as const;

export type ScramName = keyof typeof hashes;

/** We bind to no channel: libvirt's daemon offers no `-PLUS` mechanism (RFC 5802 section 6). */
const gs2Header = 'n,,';

/**
 * SCRAM (RFC 5802, RFC 7677): neither the password nor anything that would do for another login crosses the wire,
 * and the server has to show that it knows the password's verifier.
 */
export class Scram implements SaslMechanism {
  readonly name: ScramName;
  readonly user: string;
  readonly #password: string;
  readonly #nonce: string;
  #stage: 'new' | 'first' | 'final' | 'proved' = 'new';
  #serverSignature: Buffer = Buffer.alloc(0);

  constructor(name: ScramName, { user, password }: Credentials, nonce = randomBytes(24).toString('base64')) {
    this.name = name;
    this.user = user;
    this.#password = saslprep(password, 'password');
    this.#nonce = nonce;
  }

  start(): Promise<Uint8Array> {
    this.#stage = 'first';
    return Promise.resolve(Buffer.from(gs2Header + this.#clientFirst()));
  }

  async step(challenge: Uint8Array): Promise<Uint8Array> {
    if (this.#stage === 'first') {
      const first = parseServerFirst(this.name, challenge, this.#nonce);
      this.#stage = 'final';
      return Buffer.from(await this.#clientFinal(first));
    }
    if (this.#stage !== 'final') throw mechanismBroken(this.name, 'it goes on after its end');
    this.#verify(challenge);
    return new Uint8Array(0);
  }

  complete(data: Uint8Array | undefined): undefined {
    if (data !== undefined && data.length > 0 && this.#stage === 'final') this.#verify(data);
    if (this.#stage !== 'proved') throw serverNotProved(this.name);
  }

  dispose(): void {
    this.#serverSignature.fill(0);
  }

  #clientFirst(): string {
    return `n=${escapeName(saslprep(this.user, 'user name'))},r=${this.#nonce}`;
  }

  async #clientFinal({ text, nonce, salt, iterations }: ServerFirst): Promise<string> {
    const [hash, length] = hashes[this.name];
    const hmac = (key: Uint8Array, data: string): Buffer => createHmac(hash, key).update(data).digest();
    const withoutProof = `c=${Buffer.from(gs2Header).toString('base64')},r=${nonce}`;
    const signed = [this.#clientFirst(), text, withoutProof].join(',');
    const salted = await derive(this.#password, salt, iterations, length, hash);
    const clientKey = hmac(salted, 'Client Key');
    const clientSignature = hmac(createHash(hash).update(clientKey).digest(), signed);
    this.#serverSignature = hmac(hmac(salted, 'Server Key'), signed);
    const proof = clientKey.map((byte, index) => byte ^ (clientSignature[index] ?? 0));
    return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`;
  }

  #verify(message: Uint8Array): void {
    const final = parseServerFinal(this.name, message);
    if ('refusal' in final) {
      throw new AuthError('auth-failed', `The daemon refused the ${this.name} login: ${final.refusal}.`, {
        remedy: 'Check the user name and the password.',
      });
    }
    const { signature } = final;
    const mine = this.#serverSignature;
    if (signature.length !== mine.length || !timingSafeEqual(signature, mine))
      throw serverNotProved(this.name);
    this.#stage = 'proved';
  }
}

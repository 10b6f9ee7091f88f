import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import { AuthError, mechanismBroken, serverNotProved } from '../auth-error.ts';
import type { Credentials, SaslMechanism } from '../sasl-mechanism.ts';
import { maxReceivedBlockBytes, type SecurityLayer } from '../security-layer.ts';
import { digestMd5, parseDigestChallenge, parseResponseAuth, quoted } from './digest-challenge.ts';
import type { DigestChallenge, Protection } from './digest-challenge.ts';
import { digestCiphers, type DigestCipher } from './digest-ciphers.ts';
import { DigestLayer } from './digest-layer.ts';

export interface DigestOptions {
  /** The `host` of the digest URI, and which of several realms to take. */
  readonly server: string;
  /** The SASL service, `libvirt`. */
  readonly service: string;
  /** Whether the layer below hides everything already, so that none is asked for here. */
  readonly transportEncrypted: boolean;
  /** Ours of the two nonces; a test gives the standard's. */
  readonly clientNonce?: string | undefined;
}

const md5 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/**
 * DIGEST-MD5 (RFC 2831), which RFC 6331 declared obsolete: who records a login can guess the password at leisure.
 * It is here because it is what hosts without Kerberos offer over plain TCP.
 */
export class DigestMd5 implements SaslMechanism {
  readonly name = digestMd5;
  readonly user: string;
  readonly #credentials: Credentials;
  readonly #options: DigestOptions;
  #layer: DigestLayer | undefined;
  #expectedProof: string | undefined;
  #isProved = false;

  constructor(credentials: Credentials, options: DigestOptions) {
    this.user = credentials.user;
    this.#credentials = credentials;
    this.#options = options;
  }

  start(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async step(challenge: Uint8Array): Promise<Uint8Array> {
    await Promise.resolve();
    if (this.#expectedProof === undefined) return this.#respond(parseDigestChallenge(challenge));
    if (this.#isProved) throw mechanismBroken(digestMd5, 'it goes on after its end');
    this.#verify(challenge);
    return new Uint8Array(0);
  }

  complete(data: Uint8Array | undefined): SecurityLayer | undefined {
    if (!this.#isProved && data !== undefined && data.length > 0) this.#verify(data);
    if (!this.#isProved) throw serverNotProved(digestMd5);
    const layer = this.#layer;
    this.#layer = undefined;
    return layer;
  }

  dispose(): void {
    this.#layer?.close();
  }

  #respond(challenge: DigestChallenge): Uint8Array {
    const { clientNonce = randomBytes(24).toString('base64'), server, service } = this.#options;
    const { protection, cipher } = this.#choose(challenge);
    const realm = this.#realm(challenge);
    const uri = `${service}/${server}`;
    const bytesOf = (text: string): Buffer => Buffer.from(text, challenge.utf8 ? 'utf8' : 'latin1');
    const count = '00000001';

    const secret = md5(this.#secret(challenge, realm));
    const sessionHash = md5(secret, `:${challenge.nonce}:${clientNonce}`);
    const proof = (method: string): string => {
      const target = protection === 'auth' ? `${method}:${uri}` : `${method}:${uri}:${'0'.repeat(32)}`;
      const about = [challenge.nonce, count, clientNonce, protection].join(':');
      return md5(`${sessionHash.toString('hex')}:${about}:${md5(target).toString('hex')}`).toString('hex');
    };
    this.#expectedProof = proof('');
    if (protection !== 'auth') {
      this.#layer = new DigestLayer({ sessionHash, cipher, maxBlockBytes: challenge.maxBlockBytes });
    }
    const parts = [
      ...(challenge.utf8 ? [Buffer.from('charset=utf-8')] : []),
      bytesOf(`username=${quoted(this.user)}`),
      ...(realm === undefined ? [] : [bytesOf(`realm=${quoted(realm)}`)]),
      Buffer.from(`nonce=${quoted(challenge.nonce)}`, 'latin1'),
      Buffer.from(`nc=${count},cnonce=${quoted(clientNonce)},digest-uri=${quoted(uri)}`),
      Buffer.from(`maxbuf=${maxReceivedBlockBytes},response=${proof('AUTHENTICATE')},qop=${protection}`),
      ...(cipher === undefined ? [] : [Buffer.from(`cipher=${quoted(cipher.name)}`)]),
    ];
    return joined(parts, ',');
  }

  #choose({ protections, ciphers }: DigestChallenge): {
    protection: Protection;
    cipher: DigestCipher | undefined;
  } {
    const wanted: readonly Protection[] = this.#options.transportEncrypted
      ? ['auth', 'auth-conf', 'auth-int']
      : ['auth-conf', 'auth-int', 'auth'];
    const cipher = digestCiphers().find(({ name }) => ciphers.includes(name));
    for (const protection of wanted) {
      if (!protections.includes(protection)) continue;
      if (protection !== 'auth-conf') return { protection, cipher: undefined };
      if (cipher !== undefined) return { protection, cipher };
    }
    const offered = [...protections, ...ciphers].join(', ').replace(/[^\w, -]/g, '');
    throw new AuthError('auth-unsupported', `The daemon's DIGEST-MD5 offers nothing usable (${offered}).`, {
      remedy:
        'Use ssh or tls, or set the mechanism GSSAPI up on the host (mech_list in /etc/sasl2/libvirt.conf).',
    });
  }

  #realm({ realms }: DigestChallenge): string | undefined {
    return this.#credentials.realm ?? realms.find((offered) => offered === this.#options.server) ?? realms[0];
  }

  /** `user:realm:password` as both ends hash it: each part in ISO 8859-1 where that can hold it (section 2.1.2.1). */
  #secret({ utf8 }: DigestChallenge, realm: string | undefined): Buffer {
    const { user, password } = this.#credentials;
    const parts = [user, realm ?? '', password].map((text) => {
      const isLatin1 = Buffer.from(text, 'latin1').toString('latin1') === text;
      return Buffer.from(text, isLatin1 || !utf8 ? 'latin1' : 'utf8');
    });
    return joined(parts, ':');
  }

  #verify(message: Uint8Array): void {
    const proof = Buffer.from(parseResponseAuth(message));
    const expected = Buffer.from(this.#expectedProof ?? '');
    if (proof.length !== expected.length || expected.length === 0 || !timingSafeEqual(proof, expected)) {
      throw serverNotProved(digestMd5);
    }
    this.#isProved = true;
  }
}

function joined(parts: readonly Buffer[], separator: string): Buffer {
  return Buffer.concat(
    parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from(separator), part])),
  );
}

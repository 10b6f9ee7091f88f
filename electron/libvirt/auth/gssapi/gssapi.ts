import { AuthError, mechanismBroken, serverNotProved } from '../auth-error.ts';
import type { SaslMechanism } from '../sasl-mechanism.ts';
import { broken, maxReceivedBlockBytes, type SecurityLayer } from '../security-layer.ts';
import { kdcSilent } from './gss-failure.ts';
import { openGssSession, type GssSession } from './gss-session.ts';

/** The layers of RFC 4752 section 3.1, as bits. */
const layers = { none: 1, integrity: 2, confidentiality: 4 } as const;
type LayerBit = (typeof layers)[keyof typeof layers];

const mechanism = 'GSSAPI';
const patienceMs = 30_000;

export interface GssapiOptions {
  readonly server: string;
  /** The SASL service, `libvirt`. */
  readonly service: string;
  /** Whether the transport hides everything already, so that no layer is asked for. */
  readonly transportEncrypted: boolean;
  /** Stands in for the library in tests. */
  readonly openSession?: ((service: string) => Promise<GssSession>) | undefined;
}

/** Kerberos (RFC 4752): a ticket instead of a password, both ends proved, and a layer that encrypts. */
export class Gssapi implements SaslMechanism {
  readonly name = mechanism;
  readonly #options: GssapiOptions;
  #session: GssSession | undefined;
  #stage: 'context' | 'offer' | 'answered' = 'context';
  #user: string | undefined;
  #layer: SecurityLayer | undefined;

  constructor(options: GssapiOptions) {
    this.#options = options;
  }

  get user(): string | undefined {
    return this.#user;
  }

  async start(): Promise<Uint8Array> {
    const { openSession = openGssSession, service, server } = this.#options;
    this.#session = await openSession(`${service}@${server}`);
    return this.#establish(this.#session, new Uint8Array(0));
  }

  async step(challenge: Uint8Array): Promise<Uint8Array> {
    if (this.#session === undefined || this.#stage === 'answered') {
      throw mechanismBroken(mechanism, 'it goes on after its end');
    }
    if (this.#stage === 'context') return this.#establish(this.#session, challenge);
    return this.#negotiate(this.#session, challenge);
  }

  complete(): SecurityLayer | undefined {
    if (this.#stage !== 'answered') throw serverNotProved(mechanism);
    // The layer closes the session from here on.
    if (this.#layer !== undefined) this.#session = undefined;
    return this.#layer;
  }

  dispose(): void {
    this.#session?.close();
  }

  async #establish(session: GssSession, challenge: Uint8Array): Promise<Uint8Array> {
    const { token, done } = await withinPatience(session.step(challenge));
    if (done) {
      const { mutual, user } = session.facts();
      if (!mutual) throw serverNotProved(mechanism);
      this.#user = user;
      this.#stage = 'offer';
    }
    return token;
  }

  /** The server names the layers it allows and its largest block; we choose one and name ours. */
  #negotiate(session: GssSession, challenge: Uint8Array): Uint8Array {
    const offer = Buffer.from(session.unwrap(challenge).plain);
    if (offer.length !== 4) throw mechanismBroken(mechanism, 'its offer of layers is not four bytes');
    const offered = offer.readUInt8();
    const maxBlockBytes = offer.readUIntBE(1, 3);
    const order: readonly LayerBit[] = this.#options.transportEncrypted
      ? [layers.none, layers.confidentiality, layers.integrity]
      : [layers.confidentiality, layers.integrity, layers.none];
    const chosen = order.find((layer) => (offered & layer) !== 0);
    if (chosen === undefined) {
      throw new AuthError(
        'auth-unsupported',
        'The daemon allows no protection of the connection that is known here.',
      );
    }
    const answer = Buffer.alloc(4);
    answer.writeUInt8(chosen);
    if (chosen !== layers.none) {
      answer.writeUIntBE(maxReceivedBlockBytes, 1, 3);
      this.#layer = gssLayer(session, chosen === layers.confidentiality, maxBlockBytes);
    }
    this.#stage = 'answered';
    return session.wrap(answer, false);
  }
}

/** @throws {AuthError} when the peer's blocks have no room for data */
function gssLayer(session: GssSession, confidential: boolean, maxBlockBytes: number): SecurityLayer {
  const maxPlainBytes = session.maxPlainBytes(maxBlockBytes, confidential);
  if (maxPlainBytes < 1) throw mechanismBroken(mechanism, 'its largest block has no room for data');
  const { keyBits } = session.facts();
  return {
    ssf: confidential ? keyBits : 1,
    maxPlainBytes,
    maxBlockBytes: maxReceivedBlockBytes,
    wrap: (plain) => session.wrap(plain, confidential),
    unwrap: (block) => {
      const opened = unwrapped(session, block);
      if (confidential && !opened.confidential) throw broken('a block came in the clear');
      return opened.plain;
    },
    close: () => session.close(),
  };
}

/** The library gives up by itself, but with several servers in its configuration only after minutes. */
async function withinPatience<T>(asking: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(kdcSilent(patienceMs)), patienceMs);
  try {
    return await Promise.race([late, asking]);
  } finally {
    clearTimeout(timer);
  }
}

function unwrapped(session: GssSession, block: Uint8Array): { plain: Uint8Array; confidential: boolean } {
  try {
    return session.unwrap(block);
  } catch (cause) {
    throw broken('a block was changed or is out of order', cause);
  }
}

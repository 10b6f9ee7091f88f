import type { AuthError } from '../auth-error.ts';
import { loadGss, oid, type GssBuffer, type GssFunctions, type Pointer } from './gss-binding.ts';
import { gssFailure } from './gss-failure.ts';

/** One security context with a service, as the mechanism and its layer use it. */
export interface GssSession {
  /** Takes the peer's token (empty at first) and gives ours. @throws {AuthError} */
  step(token: Uint8Array): Promise<{ token: Uint8Array; done: boolean }>;
  /** Once it is done. @throws {AuthError} */
  facts(): GssFacts;
  wrap(plain: Uint8Array, confidential: boolean): Uint8Array;
  unwrap(block: Uint8Array): { plain: Uint8Array; confidential: boolean };
  /** How much fits into a block of this size. */
  maxPlainBytes(maxBlockBytes: number, confidential: boolean): number;
  close(): void;
}

export interface GssFacts {
  /** The principal that logged in. */
  readonly user: string;
  /** The service has proved that it holds the service's key. */
  readonly mutual: boolean;
  /** Bits of the session key. */
  readonly keyBits: number;
}

/** GSS_C_NT_HOSTBASED_SERVICE, and MIT's GSS_C_SEC_CONTEXT_SASL_SSF (gssapi_ext.h). */
const hostBasedService = oid('2a864886f71201020104');
const saslSsf = oid('2a864886f712010202050f');

/** GSS_C_MUTUAL, REPLAY, SEQUENCE, CONF and INTEG. */
const mutualFlag = 2;
const wantedFlags = mutualFlag | 4 | 8 | 16 | 32;
const errorBits = 0xffff_0000;
const continueNeeded = 1;
/** Duplicate, old, out of sequence, gap: said beside success, and no success for a stream of blocks. */
const outOfOrderBits = 2 | 4 | 8 | 16;
const majorText = 1;
const minorText = 2;
/** What the SASL library counts for a key whose length is not told. */
const leastKeyBits = 56;
const noToken: GssBuffer = { length: 0, value: null };

/**
 * Begins with the ticket of this user's cache (`KRB5CCNAME`). The Kerberos servers are asked on another thread.
 *
 * @param service `libvirt@alpha.example.com`
 * @throws {AuthError} `auth-kerberos-library-missing`
 */
export async function openGssSession(service: string): Promise<GssSession> {
  return new LibrarySession(await loadGss(), service);
}

class LibrarySession implements GssSession {
  readonly #gss: GssFunctions;
  readonly #service: string;
  readonly #target: [Pointer] = [null];
  readonly #context: [Pointer] = [null];
  #isStepping = false;
  #isClosed = false;

  constructor(gss: GssFunctions, service: string) {
    this.#gss = gss;
    this.#service = service;
    const minor: [number] = [0];
    this.#check(gss.importName(minor, bufferOf(Buffer.from(service)), hostBasedService, this.#target), minor);
  }

  async step(token: Uint8Array): Promise<{ token: Uint8Array; done: boolean }> {
    const minor: [number] = [0];
    const output = emptyBuffer();
    const input = token.length === 0 ? noToken : bufferOf(token);
    this.#isStepping = true;
    try {
      const [target] = this.#target;
      const args = { context: this.#context, target, flags: wantedFlags, input, output };
      const major = await this.#gss.initSecContext(minor, args);
      const answer = this.#taken(output);
      this.#check(major, minor);
      return { token: answer, done: (major & continueNeeded) === 0 };
    } finally {
      this.#isStepping = false;
      if (this.#isClosed) this.#release();
    }
  }

  facts(): GssFacts {
    const minor: [number] = [0];
    const name: [Pointer] = [null];
    const flags: [number] = [0];
    this.#check(this.#gss.inquireContext(minor, this.#context[0], name, flags), minor);
    const text = emptyBuffer();
    this.#check(this.#gss.displayName(minor, name[0], text), minor);
    const user = Buffer.from(this.#taken(text)).toString('utf8');
    this.#gss.releaseName(minor, name);
    return { user, mutual: (flags[0] & mutualFlag) !== 0, keyBits: this.#keyBits() };
  }

  wrap(plain: Uint8Array, confidential: boolean): Uint8Array {
    const minor: [number] = [0];
    const output = emptyBuffer();
    const wanted = confidential ? 1 : 0;
    const context = this.#context[0];
    const major = this.#gss.wrap(minor, context, wanted, 0, bufferOf(plain), [0], output);
    const block = this.#taken(output);
    this.#check(major, minor);
    return block;
  }

  unwrap(block: Uint8Array): { plain: Uint8Array; confidential: boolean } {
    const minor: [number] = [0];
    const output = emptyBuffer();
    const isConfidential: [number] = [0];
    const major = this.#gss.unwrap(minor, this.#context[0], bufferOf(block), output, isConfidential, [0]);
    const plain = this.#taken(output);
    this.#check(major, minor);
    if ((major & outOfOrderBits) !== 0) throw this.#failure(major, minor);
    return { plain, confidential: isConfidential[0] !== 0 };
  }

  maxPlainBytes(maxBlockBytes: number, confidential: boolean): number {
    const minor: [number] = [0];
    const max: [number] = [0];
    const wanted = confidential ? 1 : 0;
    this.#check(this.#gss.wrapSizeLimit(minor, this.#context[0], wanted, 0, maxBlockBytes, max), minor);
    return max[0];
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!this.#isStepping) this.#release();
  }

  #release(): void {
    const minor: [number] = [0];
    if (this.#context[0] !== null) this.#gss.deleteSecContext(minor, this.#context);
    if (this.#target[0] !== null) this.#gss.releaseName(minor, this.#target);
  }

  #keyBits(): number {
    const minor: [number] = [0];
    const set: [Pointer] = [null];
    const major = this.#gss.inquireByOid(minor, this.#context[0], saslSsf, set);
    const bytes = Buffer.from(this.#copied(this.#gss.firstOfSet(set[0])));
    this.#gss.releaseBufferSet(minor, set);
    return (major & errorBits) === 0 && bytes.length === 4 ? bytes.readUInt32BE() : leastKeyBits;
  }

  #copied(buffer: GssBuffer | undefined): Uint8Array {
    if (buffer === undefined || buffer.value instanceof Uint8Array) return new Uint8Array(0);
    return this.#gss.bytesAt(buffer.value, Number(buffer.length));
  }

  /** The bytes of a buffer that the library filled and that goes back to it. */
  #taken(buffer: GssBuffer): Uint8Array {
    const bytes = this.#copied(buffer);
    this.#gss.releaseBuffer([0], buffer);
    return bytes;
  }

  /** @throws {AuthError} unless the status is good */
  #check(major: number, minor: readonly [number]): void {
    if ((major & errorBits) !== 0) throw this.#failure(major, minor);
  }

  #failure(major: number, [minor]: readonly [number]): AuthError {
    const text = [this.#words(major, majorText), this.#words(minor, minorText)].filter((part) => part !== '');
    return gssFailure(this.#service, { major, minor, text: text.join(': ') });
  }

  #words(status: number, kind: number): string {
    const output = emptyBuffer();
    this.#gss.displayStatus([0], status, kind, [0], output);
    return Buffer.from(this.#taken(output)).toString('utf8').replace(/\p{C}/gu, '').slice(0, 300);
  }
}

function bufferOf(bytes: Uint8Array): GssBuffer {
  return { length: bytes.length, value: bytes };
}

function emptyBuffer(): GssBuffer {
  return { length: 0, value: null };
}

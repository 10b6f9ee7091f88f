import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import { broken, maxReceivedBlockBytes, type SecurityLayer } from '../security-layer.ts';
import type { DigestCipher } from './digest-ciphers.ts';

const checkBytes = 10;
const messageType = 1;
/** Type (2 bytes) and number of the block (4), in the clear behind each. */
const trailerBytes = 6;

interface Keys {
  readonly signing: Buffer;
  readonly sealing: Buffer;
}

export interface DigestLayerOptions {
  /** H(A1), the secret of the session. */
  readonly sessionHash: Buffer;
  /** `undefined`: protected against change only (`auth-int`). */
  readonly cipher: DigestCipher | undefined;
  /** Largest block that the peer takes. */
  readonly maxBlockBytes: number;
  /** Whose words these keys protect first; a test plays the server. */
  readonly side?: 'client' | 'server' | undefined;
}

/** DIGEST-MD5's layer (RFC 2831 sections 2.3 and 2.4). */
export class DigestLayer implements SecurityLayer {
  readonly ssf: number;
  readonly maxPlainBytes: number;
  readonly maxBlockBytes = maxReceivedBlockBytes;
  readonly #out: Keys;
  readonly #in: Keys;
  readonly #blockBytes: number;
  readonly #encrypt: (bytes: Uint8Array) => Uint8Array;
  readonly #decrypt: (bytes: Uint8Array) => Uint8Array;
  #sent = 0;
  #received = 0;

  constructor({ sessionHash, cipher, maxBlockBytes, side = 'client' }: DigestLayerOptions) {
    const toServer = keysOf(sessionHash, 'client-to-server', cipher);
    const toClient = keysOf(sessionHash, 'server-to-client', cipher);
    [this.#out, this.#in] = side === 'client' ? [toServer, toClient] : [toClient, toServer];
    this.ssf = cipher?.ssf ?? 1;
    this.#blockBytes = cipher?.blockBytes ?? 1;
    this.maxPlainBytes = maxBlockBytes - checkBytes - trailerBytes - this.#blockBytes;
    this.#encrypt = cipher?.encryptor(this.#out.sealing) ?? asItIs;
    this.#decrypt = cipher?.decryptor(this.#in.sealing) ?? asItIs;
  }

  wrap(plain: Uint8Array): Uint8Array {
    const number = numberBytes(this.#sent);
    this.#sent = (this.#sent + 1) >>> 0;
    const sealed = this.#encrypt(
      Buffer.concat([plain, this.#padding(plain.length), checkOf(this.#out.signing, number, plain)]),
    );
    const trailer = Buffer.alloc(trailerBytes);
    trailer.writeUInt16BE(messageType);
    trailer.set(number, 2);
    return Buffer.concat([sealed, trailer]);
  }

  unwrap(block: Uint8Array): Uint8Array {
    const sealed = block.subarray(0, -trailerBytes);
    const trailer = Buffer.from(block.subarray(-trailerBytes));
    if (sealed.length < checkBytes || sealed.length % this.#blockBytes !== 0) {
      throw broken('a block is too short');
    }
    const number = numberBytes(this.#received);
    if (trailer.readUInt16BE() !== messageType || !trailer.subarray(2).equals(number)) {
      throw broken('a block is out of order');
    }
    this.#received = (this.#received + 1) >>> 0;
    const opened = this.#decrypt(sealed);
    const padded = opened.subarray(0, -checkBytes);
    const plain = padded.subarray(0, padded.length - this.#paddingOf(padded));
    if (!timingSafeEqual(checkOf(this.#in.signing, number, plain), opened.subarray(-checkBytes))) {
      throw broken('a block was changed on its way');
    }
    return plain;
  }

  close(): void {
    for (const key of [this.#out.signing, this.#out.sealing, this.#in.signing, this.#in.sealing]) key.fill(0);
  }

  #padding(plainBytes: number): Buffer {
    if (this.#blockBytes === 1) return Buffer.alloc(0);
    const count = this.#blockBytes - ((plainBytes + checkBytes) % this.#blockBytes);
    return Buffer.alloc(count, count);
  }

  /** A wrong count makes the check value fail, so that a forged block and a badly padded one look the same. */
  #paddingOf(padded: Uint8Array): number {
    if (this.#blockBytes === 1) return 0;
    const count = padded.at(-1) ?? 0;
    const isPadding = count >= 1 && count <= this.#blockBytes && count <= padded.length;
    return isPadding && padded.subarray(-count).every((byte) => byte === count) ? count : 0;
  }
}

function keysOf(sessionHash: Buffer, direction: string, cipher: DigestCipher | undefined): Keys {
  const magic = `Digest session key to ${direction} signing key magic constant`;
  const sealMagic = `Digest H(A1) to ${direction} sealing key magic constant`;
  const part = sessionHash.subarray(0, cipher?.keyHashBytes);
  return {
    signing: createHash('md5').update(sessionHash).update(magic).digest(),
    sealing: createHash('md5').update(part).update(sealMagic).digest(),
  };
}

function checkOf(key: Buffer, number: Buffer, plain: Uint8Array): Buffer {
  return createHmac('md5', key).update(number).update(plain).digest().subarray(0, checkBytes);
}

function numberBytes(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}

function asItIs(bytes: Uint8Array): Uint8Array {
  return bytes;
}

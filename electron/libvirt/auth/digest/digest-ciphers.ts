import { createCipheriv, createDecipheriv, getCiphers } from 'node:crypto';

import { createRc4 } from './stream-cipher.ts';

/** A cipher that DIGEST-MD5 may encrypt with; in the order of `digestCiphers`. */
export interface DigestCipher {
  readonly name: string;
  readonly ssf: number;
  /** How much of the session hash goes into the sealing keys (RFC 2831 section 2.4). */
  readonly keyHashBytes: number;
  /** Data, padding and check value together are a multiple of this. 1: there is no padding. */
  readonly blockBytes: number;
  encryptor(key: Buffer): (bytes: Uint8Array) => Uint8Array;
  decryptor(key: Buffer): (bytes: Uint8Array) => Uint8Array;
}

const tripleDes = 'des-ede3-cbc';

const rc4 = (name: string, ssf: number, keyHashBytes: number): DigestCipher => ({
  name,
  ssf,
  keyHashBytes,
  blockBytes: 1,
  encryptor: createRc4,
  decryptor: createRc4,
});

const all: readonly DigestCipher[] = [
  rc4('rc4', 128, 16),
  {
    name: '3des',
    ssf: 112,
    keyHashBytes: 16,
    blockBytes: 8,
    encryptor: (key) => {
      const cipher = createCipheriv(tripleDes, tripleDesKey(key), key.subarray(8)).setAutoPadding(false);
      return (bytes) => cipher.update(bytes);
    },
    decryptor: (key) => {
      const decipher = createDecipheriv(tripleDes, tripleDesKey(key), key.subarray(8)).setAutoPadding(false);
      return (bytes) => decipher.update(bytes);
    },
  },
];

/**
 * As Cyrus SASL ranks them, by the length of the key. RC4 goes first although more is known against it: Debian 12's
 * Cyrus offers 3DES and then fails with it ("couldn't init cipher"). The 40 and 56 bit ciphers of the standard are
 * not among them, because they hide nothing.
 */
export function digestCiphers(): readonly DigestCipher[] {
  const has3des = getCiphers().includes(tripleDes);
  return all.filter(({ name }) => name !== '3des' || has3des);
}

/** Two keys of 56 bits become two of 64 with room for parity, and the first is used again as the third. */
function tripleDesKey(key: Buffer): Buffer {
  const first = desKey(key.subarray(0, 7));
  return Buffer.concat([first, desKey(key.subarray(7, 14)), first]);
}

/** Spreads 56 bits over 8 bytes, whose lowest bits are parity and ignored. */
function desKey(bits: Uint8Array): Buffer {
  const spread = Buffer.alloc(8);
  for (let index = 0; index < 8; index += 1) {
    const high = bits[index - 1] ?? 0;
    const low = bits[index] ?? 0;
    spread[index] = ((high << (8 - index)) | (low >> index)) & 0xfe;
  }
  return spread;
}

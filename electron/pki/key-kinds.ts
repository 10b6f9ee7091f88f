import {
  createHash,
  createPublicKey,
  generateKeyPair as generateWithCallback,
  type KeyObject,
  type webcrypto,
} from 'node:crypto';
import { promisify } from 'node:util';
import { PkiError } from './pki-error.ts';

const generateKeyPair = promisify(generateWithCallback);

/**
 * The keys that Viaduct makes. libvirt before 11.6 refuses certificates without key encipherment, which only RSA
 * keys can do; so RSA is the default.
 */
export const keyKinds = ['rsa3072', 'p256', 'p384'] as const;
export type KeyKind = (typeof keyKinds)[number];

/** For a sentence, as `keyLabel` says it of a key. */
export const keyLabels: Readonly<Record<KeyKind, string>> = {
  rsa3072: 'RSA 3072',
  p256: 'P-256',
  p384: 'P-384',
};

const curves = { p256: 'prime256v1', p384: 'secp384r1' } as const;

/** The least that current distributions accept (GnuTLS on RHEL 9 and Debian 12). */
const minRsaBits = 2048;

export interface KeyPair {
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** A new key pair, in memory only. */
export function makeKeyPair(kind: KeyKind): Promise<KeyPair> {
  return kind === 'rsa3072'
    ? generateKeyPair('rsa', { modulusLength: 3072 })
    : generateKeyPair('ec', { namedCurve: curves[kind] });
}

/** `RSA 3072`, `P-256`, ... for a sentence. */
export function keyLabel(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa') return `RSA ${modulusLength ?? 0}`;
  if (namedCurve === curves.p256) return 'P-256';
  if (namedCurve === curves.p384) return 'P-384';
  return key.asymmetricKeyType ?? 'unknown';
}

/** The kind of a key, as it is made here; RSA of another length is of the kind `rsa3072`. `undefined`: of none. */
export function keyKindOf(key: KeyObject): KeyKind | undefined {
  return isRsa(key) ? 'rsa3072' : keyKinds.find((kind) => keyLabels[kind] === keyLabel(key));
}

export function isRsa(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'rsa';
}

/**
 * The algorithm for WebCrypto to sign with. The hash is as strong as the key.
 *
 * @throws {PkiError} `key-unsuitable` for a key that is not RSA, P-256 or P-384, or is too short.
 */
export function signingAlgorithm(
  key: KeyObject,
): webcrypto.RsaHashedImportParams | (webcrypto.EcKeyImportParams & { hash: string }) {
  switch (requireSuitable(key)) {
    case 'rsa':
      return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
    case 'p256':
      return { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    case 'p384':
      return { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' };
  }
}

/**
 * A public key that somebody sent, in the one form that goes into certificates (RSA, or a point written in full).
 *
 * @throws {PkiError} `key-unsuitable`.
 */
export function suitablePublicKey(key: KeyObject): KeyObject {
  requireSuitable(key);
  return createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' });
}

function requireSuitable(key: KeyObject): 'rsa' | 'p256' | 'p384' {
  const { modulusLength = 0, publicExponent = 0n, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (isRsa(key) && modulusLength >= minRsaBits && publicExponent >= 65_537n) return 'rsa';
  if (namedCurve === curves.p256) return 'p256';
  if (namedCurve === curves.p384) return 'p384';
  throw new PkiError(
    'key-unsuitable',
    `A key of the kind ${keyLabel(key)} is not taken by libvirt's peers.`,
    {
      remedy: `Make a key of RSA 3072, P-256 or P-384; RSA of at least ${minRsaBits} bits is accepted.`,
    },
  );
}

/** SHA-256 of the public key (SubjectPublicKeyInfo), lower-case hex: the same for whoever computes it. */
export function keyFingerprint(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

export const now = new Date('2026-06-01T12:00:00Z');
const dayMs = 86_400_000;

export type KeyKind = 'p256' | 'rsa2048' | 'rsa1024';

interface Algorithm {
  name: string;
  hash: string;
  namedCurve?: string;
  modulusLength?: number;
  publicExponent?: Uint8Array<ArrayBuffer>;
}

function algorithmOf(kind: KeyKind, hash: string): Algorithm {
  if (kind === 'p256') return { name: 'ECDSA', namedCurve: 'P-256', hash };
  return {
    name: 'RSASSA-PKCS1-v1_5',
    hash,
    modulusLength: kind === 'rsa2048' ? 2048 : 1024,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
}

export interface Issued {
  pem: string;
  keys: webcrypto.CryptoKeyPair;
  subject: string;
  hash: string;
}

export interface Wish {
  cn?: string;
  issuer?: Issued;
  key?: KeyKind;
  /** Digest that this certificate is signed with. */
  hash?: 'SHA-256' | 'SHA-1';
  fromDays?: number;
  toDays?: number;
  /** `undefined`: no basic constraints at all. */
  ca?: boolean | undefined;
  keyUsage?: { flags: x509.KeyUsageFlags; critical?: boolean } | undefined;
  eku?: { usages: string[]; critical?: boolean } | undefined;
  dns?: string[];
  ip?: string[];
}

export const serverAuth = '1.3.6.1.5.5.7.3.1';
export const clientAuth = '1.3.6.1.5.5.7.3.2';
export const { KeyUsageFlags } = x509;

/** A certificate as wished for; without an issuer it signs itself. Valid from yesterday for a year. */
export async function issue(wish: Wish = {}): Promise<Issued> {
  const hash = wish.hash ?? 'SHA-256';
  const keys = (await webcrypto.subtle.generateKey(algorithmOf(wish.key ?? 'p256', hash), true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const subject = `CN=${wish.cn ?? 'beta.lab'}`;
  const signer = wish.issuer ?? { keys, subject };
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: '01',
    subject,
    issuer: signer.subject,
    notBefore: new Date(now.getTime() + (wish.fromDays ?? -1) * dayMs),
    notAfter: new Date(now.getTime() + (wish.toDays ?? 365) * dayMs),
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: { name: signer.keys.privateKey.algorithm.name, hash },
    extensions: extensionsOf(wish),
  });
  return { pem: certificate.toString('pem'), keys, subject, hash };
}

export function issueCa(wish: Wish = {}): Promise<Issued> {
  const keyUsage = { flags: KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, critical: true };
  return issue({ cn: 'Lab CA', ca: true, keyUsage, ...wish });
}

function extensionsOf(wish: Wish): x509.Extension[] {
  const names: x509.JsonGeneralNames = [
    ...(wish.dns ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(wish.ip ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  return [
    ...(wish.ca === undefined ? [] : [new x509.BasicConstraintsExtension(wish.ca, undefined, true)]),
    ...(wish.keyUsage === undefined
      ? []
      : [new x509.KeyUsagesExtension(wish.keyUsage.flags, wish.keyUsage.critical ?? true)]),
    ...(wish.eku === undefined
      ? []
      : [new x509.ExtendedKeyUsageExtension(wish.eku.usages, wish.eku.critical ?? false)]),
    ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
  ];
}

import { randomBytes, type KeyObject, type webcrypto } from 'node:crypto';
import type { AuthorityCertificate } from './authority-certificate.ts';
import { encodeInteger } from './der.ts';
import type { Purpose } from './inspect-usage.ts';
import { signingAlgorithm, type KeyPair } from './key-kinds.ts';
import { backdateMs, type Validity } from './lifetimes.ts';
import { commonNameOf, type CertificateNames } from './names.ts';
import { toPem } from './pem.ts';
import { PkiError } from './pki-error.ts';
import { authorityExtensions, commonNameOnly, leafExtensions, publicKeyInfo } from './profiles.ts';
import { x509 } from './x509.ts';

const crlNumberOid = '2.5.29.20';

/**
 * 128 random bits below a leading one, which keeps the number positive and of one length.
 * Hex, as the ledger and revocation lists have it.
 */
export function newSerial(): string {
  return `01${randomBytes(16).toString('hex')}`;
}

/** A certificate that an authority signs for itself. */
export async function signAuthority(name: string, keys: KeyPair, validity: Validity): Promise<string> {
  const algorithm = signingAlgorithm(keys.privateKey);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: commonNameOnly(name),
    issuer: commonNameOnly(name),
    ...validity,
    publicKey: publicKeyInfo(keys.publicKey),
    signingKey: keys.privateKey.toCryptoKey(algorithm, false, ['sign']),
    signingAlgorithm: algorithm,
    extensions: await authorityExtensions(keys.publicKey),
  });
  return toPem('CERTIFICATE', new Uint8Array(certificate.rawData));
}

export interface Leaf {
  serial: string;
  names: CertificateNames;
  purposes: readonly Purpose[];
  validity: Validity;
  publicKey: KeyObject;
}

/** A host's certificate. All that stands in it is ours; of what the host sent only the public key is used. */
export async function signLeaf(
  authority: AuthorityCertificate,
  signingKey: webcrypto.CryptoKey,
  { serial, names, purposes, validity, publicKey }: Leaf,
): Promise<string> {
  const commonName = commonNameOf(names);
  if (authority.commonNames.includes(commonName)) {
    throw new PkiError('name-of-authority', `${commonName} is the name of the authority itself.`, {
      remedy: 'A host and its authority need different names; give the host its full name.',
    });
  }
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    subject: commonNameOnly(commonName),
    issuer: authority.subjectName,
    ...validity,
    publicKey: publicKeyInfo(publicKey),
    signingKey,
    signingAlgorithm: signingAlgorithm(authority.publicKey),
    extensions: await leafExtensions(names, purposes, publicKey, authority.keyIdentifier),
  });
  return toPem('CERTIFICATE', new Uint8Array(certificate.rawData));
}

/** Why a certificate was revoked, by RFC 5280's names for it. */
export const revocationReasons = [
  'unspecified',
  'keyCompromise',
  'superseded',
  'cessationOfOperation',
] as const;
export type RevocationReason = (typeof revocationReasons)[number];

export interface Revocation {
  serial: string;
  revokedAt: Date;
  reason: RevocationReason;
}

export interface RevocationListContent {
  number: number;
  revocations: readonly Revocation[];
  now: Date;
}

/**
 * A revocation list. It ends with the authority itself: a list that is out of date makes GnuTLS and OpenSSL refuse
 * everybody, and whether a host has the newest one is seen by its number.
 *
 * The label is the one that OpenSSL and GnuTLS know; the library would write `CRL`.
 *
 * @throws {PkiError} `authority-unsuitable` when the authority's key usage does not permit it.
 */
export async function signRevocationList(
  authority: AuthorityCertificate,
  signingKey: webcrypto.CryptoKey,
  list: RevocationListContent,
): Promise<string> {
  if (!authority.maySignLists) {
    throw new PkiError(
      'authority-unsuitable',
      `The key usage of ${authority.label} does not permit it to sign revocation lists.`,
      { side: 'client', remedy: 'Replace the authority by one with the key usage cRLSign.' },
    );
  }
  const crl = await x509.X509CrlGenerator.create({
    issuer: authority.subjectName,
    thisUpdate: new Date(list.now.getTime() - backdateMs),
    nextUpdate: authority.notAfter,
    entries: list.revocations.map(({ serial, revokedAt, reason }) => ({
      serialNumber: serial,
      revocationDate: revokedAt,
      reason: x509.X509CrlReason[reason],
    })),
    extensions: [
      new x509.AuthorityKeyIdentifierExtension(authority.keyIdentifier),
      new x509.Extension(crlNumberOid, false, encodeInteger(list.number)),
    ],
    signingKey,
    signingAlgorithm: signingAlgorithm(authority.publicKey),
  });
  return toPem('X509 CRL', new Uint8Array(crl.rawData));
}

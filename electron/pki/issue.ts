import type { KeyObject } from 'node:crypto';
import { BadInputError } from '../common/errors.ts';
import { parseCertificates, type Certificate } from './certificate.ts';
import type { Purpose } from './inspect-usage.ts';
import { keyFingerprint, suitablePublicKey } from './key-kinds.ts';
import type { CertificateUser, IssuedEntry, LedgerEntry } from './ledger-entries.ts';
import { leafValidity } from './lifetimes.ts';
import type { CertificateNames } from './names.ts';
import { PkiError } from './pki-error.ts';
import { newSerial } from './sign.ts';
import type { UnlockedAuthority } from './unlocked-authority.ts';

/** A certificate that somebody needs. */
export interface CertificateOrder {
  /** The machine, by the name that the admin knows it by. */
  host: string;
  usedBy: CertificateUser;
  /** One certificate may serve as both. */
  purposes: readonly Purpose[];
  names: CertificateNames;
  /** Default 730, at most 1825; cut to the life of the authority. */
  days?: number | undefined;
}

export interface IssuedPem {
  pem: string;
  entry: IssuedEntry;
}

/**
 * Signs a certificate for a public key, whose owner has been made sure of. It is in the ledger, durably, before it
 * is returned.
 *
 * @throws {PkiError} of the authority, the key and the ledger.
 */
export function issueCertificate(
  unlocked: UnlockedAuthority,
  order: CertificateOrder,
  publicKey: KeyObject,
): Promise<IssuedPem> {
  return issue(unlocked, order, publicKey, undefined);
}

/**
 * A new certificate, for a new key, that is good for what an issued one is; before or after that one expired.
 *
 * @throws BadInputError `serial-unknown`; {PkiError} `key-not-new`, and those of `issueCertificate`.
 */
export async function renewCertificate(
  unlocked: UnlockedAuthority,
  serial: string,
  publicKey: KeyObject,
  days?: number,
): Promise<IssuedPem> {
  const old = issuedEntry(await unlocked.authority.ledger.read(), serial);
  if (old.keyFingerprint === keyFingerprint(suitablePublicKey(publicKey))) {
    throw new PkiError('key-not-new', `The certificate of ${old.host} is to be renewed with a new key.`, {
      remedy: 'Make a new key on the host.',
    });
  }
  const { host, usedBy, purposes, dnsNames, ipAddresses } = old;
  const order = { host, usedBy, purposes, names: { dnsNames, ipAddresses }, days };
  return issue(unlocked, order, publicKey, serial);
}

/** @throws BadInputError `serial-unknown`. */
export function issuedEntry(entries: readonly LedgerEntry[], serial: string): IssuedEntry {
  const entry = entries.filter((one) => one.type === 'issued').find((one) => one.serial === serial);
  if (entry !== undefined) return entry;
  throw new BadInputError('serial-unknown', `No certificate with the serial number ${serial} was issued.`, {
    side: 'client',
    remedy: 'See "viaduct pki status" for the certificates that were.',
  });
}

async function issue(
  unlocked: UnlockedAuthority,
  order: CertificateOrder,
  sentKey: KeyObject,
  renews: string | undefined,
): Promise<IssuedPem> {
  const { certificate: issuer, ledger } = unlocked.authority;
  const publicKey = suitablePublicKey(sentKey);
  if (publicKey.equals(issuer.publicKey)) {
    throw new PkiError('key-of-authority', `The key sent for ${order.host} is the authority's own.`, {
      remedy: 'Make a key of its own on every host, and look how this one got there.',
    });
  }
  const validity = leafValidity(issuer, unlocked.now(), order.days);
  const { names, purposes } = order;
  const pem = await unlocked.signLeaf({ serial: newSerial(), names, purposes, validity, publicKey });
  const entry = issuedEntryOf(order, readLeaf(pem), unlocked.now(), renews);
  await ledger.append(entry);
  return { pem, entry };
}

export function readLeaf(pem: string): Certificate {
  const [leaf] = parseCertificates(pem);
  if (leaf === undefined) throw new Error('A certificate that was just signed cannot be read.');
  return leaf;
}

/** What the ledger says of a certificate. */
export function issuedEntryOf(
  { host, usedBy, purposes, names }: CertificateOrder,
  { serial, notBefore, notAfter, fingerprint, publicKey }: Certificate,
  at: Date,
  renews: string | undefined,
): IssuedEntry {
  return {
    type: 'issued',
    at,
    serial,
    host,
    usedBy,
    purposes: [...purposes],
    dnsNames: [...names.dnsNames],
    ipAddresses: [...names.ipAddresses],
    keyFingerprint: keyFingerprint(publicKey),
    ...(renews === undefined ? {} : { renews }),
    notBefore,
    notAfter,
    fingerprint,
  };
}

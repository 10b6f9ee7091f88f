import type { KeyObject } from 'node:crypto';
import { readLeaf } from './issue.ts';
import { keyFingerprint, suitablePublicKey } from './key-kinds.ts';
import type { OneTimeEntry } from './ledger-entries.ts';
import { oneTimeValidity } from './lifetimes.ts';
import { commonNameOf, type CertificateNames } from './names.ts';
import { newSerial } from './sign.ts';
import type { UnlockedAuthority } from './unlocked-authority.ts';

/** Begins the name of every certificate for one migration, so that one pattern of an allow list covers them. */
const prefix = 'viaduct-once.';
const maxName = 64;

/**
 * What such a certificate calls its owner: the same for every migration from a host, so that `tls_allowed_dn_list` of
 * a destination can name it beforehand. A host with a name too long for that goes by its first label.
 */
export function oneTimeNames(host: string): CertificateNames {
  const plain = host.toLowerCase().replace(/[^a-z0-9.-]/g, '-');
  const fits = plain.length + prefix.length <= maxName ? plain : (plain.split('.')[0] ?? '').slice(0, 40);
  return { dnsNames: [`${prefix}${fits}`], ipAddresses: [] };
}

export interface OneTimeOrder {
  /** The machine that logs in. */
  host: string;
  /** Where it logs in. */
  destination: string;
}

/**
 * Signs a client certificate of a few minutes for a public key, whose owner has been made sure of. It is in the ledger,
 * durably, before it is returned.
 *
 * @throws {PkiError} of the authority, the key and the ledger.
 */
export async function issueOnce(
  unlocked: UnlockedAuthority,
  { host, destination }: OneTimeOrder,
  sentKey: KeyObject,
): Promise<{ pem: string; entry: OneTimeEntry }> {
  const { certificate: issuer, ledger } = unlocked.authority;
  const publicKey = suitablePublicKey(sentKey);
  const names = oneTimeNames(host);
  const at = unlocked.now();
  const validity = oneTimeValidity(issuer, at);
  const pem = await unlocked.signLeaf({
    serial: newSerial(),
    names,
    purposes: ['client'],
    validity,
    publicKey,
  });
  const { serial, notBefore, notAfter, fingerprint } = readLeaf(pem);
  const entry: OneTimeEntry = {
    type: 'one-time',
    at,
    serial,
    host,
    destination,
    commonName: commonNameOf(names),
    keyFingerprint: keyFingerprint(publicKey),
    notBefore,
    notAfter,
    fingerprint,
  };
  await ledger.append(entry);
  return { pem, entry };
}

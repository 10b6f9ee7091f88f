import type { Authority } from '../../../pki/authority.ts';
import { daysUntil, expiryStage } from '../../../pki/expiry-stage.ts';
import { keyLabel } from '../../../pki/key-kinds.ts';
import { issuedCertificates, openRequests, type IssuedCertificate } from '../../../pki/ledger-view.ts';
import { unlistedRevocations } from '../../../pki/revoke.ts';
import { readRevocationList } from '../../../pki/revocation-list.ts';

/** What scripts are told of an authority. Dates are ISO 8601; `key` is as in `RSA 3072`, `P-256`. */
export async function authorityFields(authority: Authority, now: Date) {
  const { name, folder, certificate, record } = authority;
  const entries = await authority.ledger.read();
  const list = await authority.revocationList();
  const certificates = issuedCertificates(entries, now);
  return {
    name,
    folder,
    subject: certificate.subject,
    key: keyLabel(certificate.publicKey),
    keyIsHere: authority.hasKey,
    fingerprint: certificate.fingerprint,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    daysLeft: daysUntil(certificate.notAfter, now),
    stage: expiryStage(certificate, now),
    overlaps: record.overlaps,
    replaces: record.replaces ?? null,
    issued: certificates.length,
    revoked: certificates.filter(({ state }) => state === 'revoked').length,
    openRequests: openRequests(entries).length,
    revocationList: list === undefined ? null : listFields(list),
    unlistedRevocations: unlistedRevocations(entries, list),
  };
}

export type AuthorityFields = Awaited<ReturnType<typeof authorityFields>>;

function listFields(pem: string) {
  const { number, thisUpdate, nextUpdate } = readRevocationList(pem);
  return {
    number: number === undefined ? null : Number(number),
    thisUpdate: thisUpdate.toISOString(),
    nextUpdate: nextUpdate?.toISOString() ?? null,
  };
}

/** What scripts are told of a certificate. */
export function certificateFields(authority: string, certificate: IssuedCertificate, now: Date) {
  const { serial, host, usedBy, purposes, dnsNames, ipAddresses, fingerprint, state } = certificate;
  return {
    authority,
    serial,
    host,
    usedBy,
    purposes,
    names: [...dnsNames, ...ipAddresses],
    fingerprint,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    daysLeft: daysUntil(certificate.notAfter, now),
    stage: expiryStage(certificate, now),
    state,
  };
}

export type CertificateFields = ReturnType<typeof certificateFields>;

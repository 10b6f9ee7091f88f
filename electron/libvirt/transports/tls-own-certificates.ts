import { X509Certificate } from 'node:crypto';

import { messageOf } from '../../common/errors.ts';
import { printable } from '../../common/printable.ts';
import type { PemFile, TlsCredentials } from './tls-files.ts';

/** What is wrong with a certificate of this workstation, so that no server can accept it or be checked with it. */
export interface CertificateFault {
  readonly path: string;
  /** A sentence about the file without its end, as "has expired on …". */
  readonly what: string;
}

const clientAuth = '1.3.6.1.5.5.7.3.2';
const anyUsage = '2.5.29.37.0';
const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The first fault of our own files, as libvirt's client looks for it before it connects
 * (`virNetTLSContextSanityCheckCredentials`): dates, that the CA is one, and that it signed ours.
 */
export function faultOf({ ca, client }: TlsCredentials, nowMs = Date.now()): CertificateFault | undefined {
  const authorities = certificatesIn(ca);
  if (!Array.isArray(authorities)) return authorities;
  for (const authority of authorities) {
    const fault = datesFault(ca, authority, nowMs) ?? (authority.ca ? undefined : notAnAuthority(ca));
    if (fault !== undefined) return fault;
  }
  if (client === undefined) return undefined;
  const chain = certificatesIn(client.cert);
  if (!Array.isArray(chain)) return chain;
  const [own] = chain;
  if (own === undefined) return undefined;
  return (
    datesFault(client.cert, own, nowMs) ??
    (isSignedBy(own, chain.slice(1), authorities)
      ? undefined
      : { path: client.cert.path, what: `was not signed by the CA of ${ca.path}` })
  );
}

/** What a daemon may or may not mind: libvirt refuses a certificate for another use only where that is marked critical. */
export function suspicionOf({ client }: TlsCredentials): CertificateFault | undefined {
  const chain = client === undefined ? [] : certificatesIn(client.cert);
  const own = Array.isArray(chain) ? chain[0] : undefined;
  return client === undefined || own === undefined ? undefined : usageFault(client.cert, own);
}

/**
 * The name that the host's `tls_allowed_dn_list` would have to match: GnuTLS writes the parts in the order of the
 * certificate, with commas.
 */
export function nameOfClient({ client }: TlsCredentials): string | undefined {
  const own = client === undefined ? undefined : certificatesIn(client.cert);
  const subject = Array.isArray(own) ? own[0]?.subject : undefined;
  return subject === undefined ? undefined : printable(subject, 300).replaceAll('\n', ',');
}

/** The certificates of a PEM file in order, at least one; or why there are none. */
function certificatesIn({ path, pem }: PemFile): X509Certificate[] | CertificateFault {
  const blocks = pem.toString('latin1').match(pemCertificate) ?? [];
  if (blocks.length === 0) return { path, what: 'holds no certificate in PEM form' };
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (error) {
    return { path, what: `cannot be understood (${messageOf(error)})` };
  }
}

function datesFault(
  { path }: PemFile,
  certificate: X509Certificate,
  nowMs: number,
): CertificateFault | undefined {
  const { validFromDate, validToDate } = certificate;
  if (nowMs > validToDate.getTime()) return { path, what: `has expired on ${validToDate.toISOString()}` };
  if (nowMs >= validFromDate.getTime()) return undefined;
  return { path, what: `is valid from ${validFromDate.toISOString()} only; compare the clocks` };
}

function usageFault({ path }: PemFile, certificate: X509Certificate): CertificateFault | undefined {
  // The types have an array; without the extension there is none.
  const usages = certificate.keyUsage as string[] | undefined;
  if (usages === undefined || usages.includes(clientAuth) || usages.includes(anyUsage)) return undefined;
  return { path, what: 'is not meant for clients (its extended key usage lacks clientAuth)' };
}

function notAnAuthority({ path }: PemFile): CertificateFault {
  return { path, what: 'is not the certificate of a CA' };
}

function isSignedBy(
  certificate: X509Certificate,
  between: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): boolean {
  const signed = (issuer: X509Certificate): boolean =>
    certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  if (authorities.some(signed)) return true;
  const next = between.find(signed);
  if (next === undefined) return false;
  return isSignedBy(
    next,
    between.filter((other) => other !== next),
    authorities,
  );
}

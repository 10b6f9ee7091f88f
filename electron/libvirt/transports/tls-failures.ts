import { TransportError } from './transport-errors.ts';

const fixServerCertificate = "Check the server's certificate and the CA certificate of this workstation.";

/** What OpenSSL's verdict on a server certificate means, by Node's error code. */
const distrust: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  CERT_HAS_EXPIRED: 'its certificate, or that of its CA, has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; compare the clocks',
  CERT_REVOKED: 'its certificate was revoked',
  CRL_HAS_EXPIRED: 'the revocation list of this workstation has expired',
  UNABLE_TO_GET_CRL: 'the revocation list of this workstation is not of its CA',
  CRL_SIGNATURE_FAILURE: 'the revocation list of this workstation is not of its CA',
  INVALID_PURPOSE: 'its certificate is not meant for servers',
  INVALID_CA: 'its certificate was signed by something that is not a CA',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is of a CA that this workstation does not trust',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is of a CA that this workstation does not trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is of a CA that this workstation does not trust',
  CERT_SIGNATURE_FAILURE: 'its certificate is of a CA that this workstation does not trust',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is of a CA that this workstation does not trust',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
};

const networkTroubles: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name does not resolve at the moment',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ETIMEDOUT: 'it does not answer',
};

/** An error before the TLS handshake ended, for the admin. */
export function explainTlsFailure(where: string, cause: Error): TransportError {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const network = Object.hasOwn(networkTroubles, code) ? networkTroubles[code] : undefined;
  if (network !== undefined) {
    return new TransportError('transport-unreachable', `${where} cannot be reached: ${network}.`, {
      cause,
      remedy:
        'Check the address, and on the host that libvirtd-tls.socket (or virtproxyd-tls.socket) is active.',
    });
  }
  const why = Object.hasOwn(distrust, code) ? distrust[code] : undefined;
  if (why !== undefined) {
    return new TransportError('tls-server-untrusted', `${where} is not trusted: ${why}.`, {
      cause,
      remedy: fixServerCertificate,
    });
  }
  if (code.includes('ALERT')) return clientRefused(where, cause);
  return new TransportError(
    'tls-failed',
    `TLS with ${where} failed (${code === '' ? cause.message : code}).`,
    {
      cause,
      remedy: 'Check that the port is the TLS port of a libvirt daemon (16514 if not configured otherwise).',
    },
  );
}

/** The server ended the connection where its word on our certificate was due; it never says why. */
export function clientRefused(where: string, cause?: unknown, missing?: readonly string[]): TransportError {
  const what =
    missing === undefined
      ? 'refused our certificate'
      : `refused us without a certificate (there is none at ${missing.join(' or ')})`;
  return new TransportError('tls-client-refused', `${where} ${what}.`, {
    cause,
    remedy:
      "The reason is in the log of the host's libvirt daemon; it may be the CA, the dates, or tls_allowed_dn_list " +
      'in /etc/libvirt/libvirtd.conf (virtproxyd.conf with modular daemons).',
  });
}

import type { ErrorDetails } from '../../common/errors.ts';
import { printable } from '../../common/printable.ts';
import { unreachableBecause } from './network-failures.ts';
import type { TlsCredentials } from './tls-files.ts';
import { faultOf, nameOfClient, suspicionOf } from './tls-own-certificates.ts';
import { TransportError } from './transport-errors.ts';

type Culprit = 'server certificate' | 'trust' | 'our revocation list';

/** What OpenSSL's verdict on a server certificate means, by Node's error code, and what to look at. */
const distrust: Readonly<Record<string, readonly [why: string, culprit: Culprit]>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: ['its certificate is for another name', 'server certificate'],
  CERT_HAS_EXPIRED: ['its certificate, or that of its CA, has expired', 'server certificate'],
  CERT_NOT_YET_VALID: ['its certificate is not valid yet; compare the clocks', 'server certificate'],
  CERT_REVOKED: ['its certificate was revoked', 'server certificate'],
  INVALID_PURPOSE: ['its certificate is not meant for servers', 'server certificate'],
  CRL_HAS_EXPIRED: ['the revocation list of this workstation has expired', 'our revocation list'],
  UNABLE_TO_GET_CRL: ['the revocation list of this workstation is not of its CA', 'our revocation list'],
  CRL_SIGNATURE_FAILURE: ['the revocation list of this workstation is not of its CA', 'our revocation list'],
  INVALID_CA: ['its certificate was signed by something that is not a CA', 'trust'],
  UNABLE_TO_GET_ISSUER_CERT: ['its certificate is of a CA that this workstation does not trust', 'trust'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    'its certificate is of a CA that this workstation does not trust',
    'trust',
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'its certificate is of a CA that this workstation does not trust',
    'trust',
  ],
  CERT_SIGNATURE_FAILURE: ['its certificate is of a CA that this workstation does not trust', 'trust'],
  SELF_SIGNED_CERT_IN_CHAIN: ['its certificate is of a CA that this workstation does not trust', 'trust'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['its certificate is signed by itself', 'trust'],
};

/** An error before the TLS handshake ended, for the admin. */
export function explainTlsFailure(where: string, cause: Error, credentials: TlsCredentials): TransportError {
  const network = unreachableBecause(cause);
  if (network !== undefined) {
    return new TransportError('transport-unreachable', `${where} cannot be reached: ${network}.`, {
      cause,
      remedy:
        'Check the address, and on the host that libvirtd-tls.socket (or virtproxyd-tls.socket) is active.',
    });
  }
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const verdict = Object.hasOwn(distrust, code) ? distrust[code] : undefined;
  if (verdict !== undefined) {
    const [why, culprit] = verdict;
    return new TransportError('tls-server-untrusted', `${where} is not trusted: ${why}${namesIn(cause)}.`, {
      cause,
      remedy: remedyFor(culprit, credentials),
    });
  }
  if (/ALERT.*(?:CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/.test(code)) {
    return clientRefused(where, credentials, cause);
  }
  const isDisagreement = /ALERT|VERSION|NO_SHARED|NO_CIPHER/.test(code) && !code.includes('WRONG_VERSION');
  return new TransportError(
    'tls-failed',
    `TLS with ${where} failed (${code === '' ? cause.message : code}).`,
    {
      cause,
      remedy: isDisagreement
        ? 'Compare tls_priority of the connect URI with tls_priority in /etc/libvirt/libvirtd.conf on the host (virtproxyd.conf with modular daemons).'
        : 'Check that the port is the TLS port of a libvirt daemon (16514 if not configured otherwise).',
    },
  );
}

/** The names that a certificate for another name is for. */
function namesIn(error: Error): string {
  if (!('cert' in error) || typeof error.cert !== 'object' || error.cert === null) return '';
  const names = 'subjectaltname' in error.cert ? error.cert.subjectaltname : undefined;
  return typeof names === 'string' ? ` (${printable(names, 200)})` : '';
}

function remedyFor(culprit: Culprit, { ca, crl }: TlsCredentials): string {
  switch (culprit) {
    case 'server certificate':
      return 'Replace /etc/pki/libvirt/servercert.pem on the host, or connect by a name that is in it.';
    case 'trust':
      return `Compare ${ca.path} of this workstation with the CA that signed /etc/pki/libvirt/servercert.pem on the host, and replace the one that is wrong.`;
    case 'our revocation list':
      return `Replace ${crl?.path ?? 'the revocation list'} of this workstation.`;
  }
}

/**
 * The server ended the connection where its word on our certificate was due. A daemon never says why; what can be
 * known from here is said, else the causes in the order of their likelihood.
 */
export function clientRefused(where: string, credentials: TlsCredentials, cause?: unknown): TransportError {
  const { client, clientPlaces, ca } = credentials;
  if (client === undefined) {
    const places = clientPlaces.join(' or ');
    return refusal(`${where} refused us without a certificate (there is none at ${places}).`, {
      cause,
      side: 'client',
      remedy: `Put a client certificate there, with its key, or name a folder that has both with "pkipath".`,
    });
  }
  const fault = faultOf(credentials) ?? suspicionOf(credentials);
  if (fault !== undefined) {
    return refusal(`${where} refused our certificate: ${fault.path} ${fault.what}.`, {
      cause,
      side: 'client',
      remedy: `Replace ${fault.path} of this workstation.`,
    });
  }
  const name = nameOfClient(credentials) ?? 'unknown';
  return refusal(
    `${where} refused our certificate ${client.cert.path}, which is good for the CA of ${ca.path}.`,
    {
      cause,
      remedy:
        `On the host, in this order: tls_allowed_dn_list in /etc/libvirt/libvirtd.conf (virtproxyd.conf with modular ` +
        `daemons) must have "${name}"; /etc/pki/CA/cacert.pem must be the CA that signed our certificate; ` +
        `/etc/pki/CA/cacrl.pem must not list it; the host's clock must be right. Its daemon's log has the reason.`,
    },
  );
}

function refusal(message: string, details: ErrorDetails): TransportError {
  return new TransportError('tls-client-refused', message, details);
}

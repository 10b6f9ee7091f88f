import { parseCertificates, type Certificate } from './certificate.ts';
import { inspectStrength } from './inspect-strength.ts';
import { suitablePublicKey } from './key-kinds.ts';
import { PkiError } from './pki-error.ts';
import { subjectKeyIdentifier } from './profiles.ts';
import { fromPem, toPem } from './pem.ts';
import { x509 } from './x509.ts';

/** The certificate of an authority, with what is needed to sign under it. */
export interface AuthorityCertificate extends Certificate {
  pem: string;
  /** The subject as it is encoded; what it signs must name the issuer by the same bytes. */
  subjectName: x509.Name;
  /** Hex. */
  keyIdentifier: string;
  /** Whether its key usage lets it sign revocation lists. */
  maySignLists: boolean;
}

/**
 * Reads the certificate of an authority.
 *
 * @throws CertificateError; {PkiError} `authority-unsuitable`, `key-unsuitable`.
 */
export async function readAuthorityCertificate(text: string): Promise<AuthorityCertificate> {
  const [certificate, ...others] = parseCertificates(text);
  const der = fromPem('(?:X509 )?CERTIFICATE', text);
  if (certificate === undefined || der === undefined || others.length > 0) {
    throw unsuitable(
      `The file holds ${others.length + 1} certificates, and it must be the authority's alone.`,
    );
  }
  if (certificate.basicConstraints?.ca !== true) {
    throw unsuitable(`The certificate of ${certificate.label} is not marked as that of an authority.`);
  }
  if (certificate.keyUsage?.keyCertSign === false) {
    throw unsuitable(`The certificate of ${certificate.label} does not permit it to sign certificates.`);
  }
  const weakness = inspectStrength([], [certificate])[0];
  if (weakness !== undefined) throw unsuitable(weakness.message);
  const parsed = new x509.X509Certificate(der);
  const identifier =
    parsed.getExtension(x509.SubjectKeyIdentifierExtension) ??
    (await subjectKeyIdentifier(suitablePublicKey(certificate.publicKey)));
  const usage = parsed.getExtension(x509.KeyUsagesExtension);
  return {
    ...certificate,
    pem: toPem('CERTIFICATE', der),
    subjectName: parsed.subjectName,
    keyIdentifier: identifier.keyId,
    maySignLists: usage === null || (usage.usages & x509.KeyUsageFlags.cRLSign) !== 0,
  };
}

function unsuitable(message: string): PkiError {
  return new PkiError('authority-unsuitable', message, {
    side: 'client',
    remedy:
      'Give the PEM file of one CA certificate with basic constraints CA:TRUE and the key usage keyCertSign.',
  });
}

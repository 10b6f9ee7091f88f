import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Purpose } from './inspect-usage.ts';
import { signingAlgorithm, suitablePublicKey, type KeyPair } from './key-kinds.ts';
import { commonNameOf, type CertificateNames } from './names.ts';
import { fromPem, toPem } from './pem.ts';
import { PkiError } from './pki-error.ts';
import { commonNameOnly, leafRequestExtensions } from './profiles.ts';
import { x509 } from './x509.ts';

const maxRequestBytes = 16 * 1024;

/**
 * The public key of a PKCS#10 request, after its signature has proven that the sender holds the private key.
 * Names and extensions in it are not read: those are decided by who signs.
 *
 * @throws {PkiError} `request-unreadable`, `request-not-signed`, `key-unsuitable`.
 */
export async function readSigningRequest(pem: string): Promise<KeyObject> {
  const der = pem.length <= maxRequestBytes ? fromPem('(?:NEW )?CERTIFICATE REQUEST', pem) : undefined;
  if (der === undefined) throw unreadable();
  const { publicKey, isSigned } = await parse(der);
  const suitable = suitablePublicKey(publicKey);
  if (isSigned) return suitable;
  throw new PkiError(
    'request-not-signed',
    'The certificate request is not signed with the key that it names.',
    { remedy: 'Make the request again on the host that holds the key.' },
  );
}

async function parse(der: Buffer): Promise<{ publicKey: KeyObject; isSigned: boolean }> {
  try {
    const request = new x509.Pkcs10CertificateRequest(der);
    const key = Buffer.from(request.publicKey.rawData);
    return {
      publicKey: createPublicKey({ key, type: 'spki', format: 'der' }),
      isSigned: await request.verify(),
    };
  } catch (cause) {
    throw unreadable(cause);
  }
}

/** A request for another authority to sign, which names all that the certificate is to hold. */
export async function makeSigningRequest(
  keys: KeyPair,
  names: CertificateNames,
  purposes: readonly Purpose[],
): Promise<string> {
  const algorithm = signingAlgorithm(keys.privateKey);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: commonNameOnly(commonNameOf(names)),
    keys: {
      privateKey: keys.privateKey.toCryptoKey(algorithm, false, ['sign']),
      publicKey: keys.publicKey.toCryptoKey(algorithm, true, ['verify']),
    },
    signingAlgorithm: algorithm,
    extensions: leafRequestExtensions(names, purposes, keys.publicKey),
  });
  return toPem('CERTIFICATE REQUEST', new Uint8Array(request.rawData));
}

function unreadable(cause?: unknown): PkiError {
  return new PkiError('request-unreadable', 'The certificate request cannot be read.', {
    cause,
    remedy:
      'Give a PKCS#10 request in PEM form, as "openssl req -new" and "certtool --generate-request" make it.',
  });
}

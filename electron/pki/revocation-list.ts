import { decodeDer } from './der.ts';
import { fromPem, toPem } from './pem.ts';
import { PkiError } from './pki-error.ts';
import { x509 } from './x509.ts';

const maxListBytes = 256 * 1024;

/** A revocation list, read. */
export interface RevocationList {
  pem: string;
  issuer: string;
  /** `undefined` when the list has none. */
  number: bigint | undefined;
  thisUpdate: Date;
  nextUpdate: Date | undefined;
  revoked: { serial: string; revokedAt: Date }[];
  /** Whether the owner of the certificate signed it. */
  isSignedBy(issuerPem: string): Promise<boolean>;
}

/** Serial numbers in hex, which are written with leading zeros or without. */
export function sameSerial(one: string, other: string): boolean {
  return BigInt(`0x${one}`) === BigInt(`0x${other}`);
}

/** Every list of a CRL file, in its order, each as text of its own. */
export function splitRevocationLists(text: string): string[] {
  return [...text.matchAll(/-----BEGIN X509 CRL-----[^-]*-----END X509 CRL-----/g)].map(([list]) => list);
}

/** The first list of a file. @throws {PkiError} `revocation-list-unreadable`. */
export function readRevocationList(text: string): RevocationList {
  const der = text.length <= maxListBytes ? fromPem('X509 CRL', text) : undefined;
  if (der === undefined) throw unreadable();
  try {
    const list = new x509.X509Crl(der);
    const number = list.extensions.find(({ type }) => type === '2.5.29.20');
    const [value] = number === undefined ? [] : decodeDer(Buffer.from(number.value));
    return {
      pem: toPem('X509 CRL', der),
      issuer: list.issuer,
      number: value === undefined ? undefined : BigInt(`0x${value.content.toString('hex')}`),
      thisUpdate: list.thisUpdate,
      nextUpdate: list.nextUpdate,
      revoked: list.entries.map(({ serialNumber, revocationDate }) => ({
        serial: serialNumber.toLowerCase(),
        revokedAt: revocationDate,
      })),
      isSignedBy: (issuerPem) => list.verify({ publicKey: new x509.X509Certificate(issuerPem) }),
    };
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause?: unknown): PkiError {
  return new PkiError('revocation-list-unreadable', 'The revocation list cannot be read.', {
    cause,
    remedy: 'Give a list in PEM form, under the label "X509 CRL".',
  });
}

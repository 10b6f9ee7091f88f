import 'reflect-metadata';
import { X509Certificate, type KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { ViaductError } from '../common/errors.ts';

/** Certificate files larger than this are refused; libvirt's own check reads no more either. */
export const maxBundleBytes = 64 * 1024;
const maxCertificates = 16;

/** Extended key usages by the names this project uses; any other is kept as its OID. */
const extendedUsageNames: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '2.5.29.37.0': 'anyExtendedKeyUsage',
};

export interface KeyUsage {
  critical: boolean;
  digitalSignature: boolean;
  keyEncipherment: boolean;
  keyCertSign: boolean;
}

export interface ExtendedKeyUsage {
  critical: boolean;
  /** `serverAuth`, `clientAuth`, `anyExtendedKeyUsage`, or an OID. */
  usages: string[];
}

/** One certificate, read; an absent extension is `undefined`. */
export interface Certificate {
  /** Common name where there is one, else the whole subject: for sentences. */
  label: string;
  /** The certificate alone, without what stood around it. */
  pem: string;
  /** Lower-case hex. */
  serial: string;
  subject: string;
  issuer: string;
  commonNames: string[];
  notBefore: Date;
  notAfter: Date;
  basicConstraints: { ca: boolean } | undefined;
  keyUsage: KeyUsage | undefined;
  extendedKeyUsage: ExtendedKeyUsage | undefined;
  dnsNames: string[];
  ipAddresses: string[];
  /** Whether a subject alternative name of any kind is there; then the common name does not count. */
  hasAlternativeNames: boolean;
  signatureOid: string;
  publicKey: KeyObject;
  /** SHA-256 of the DER, upper-case hex with colons. */
  fingerprint: string;
  /** Whether the owner of `key` signed this certificate. */
  isSignedWith(key: KeyObject): boolean;
}

/** A certificate file that cannot be used. Codes `certificate-missing`, `certificate-unreadable`. */
export class CertificateError extends ViaductError {}

/**
 * Every certificate of a PEM file, in its order; text around them is skipped.
 *
 * @throws {CertificateError} too large, too many, none, or one that is not a certificate.
 */
export function parseCertificates(pem: string): Certificate[] {
  if (pem.length > maxBundleBytes) {
    throw new CertificateError(
      'certificate-unreadable',
      `The file is larger than ${maxBundleBytes / 1024} KiB, which no certificate file needs to be.`,
    );
  }
  const blocks = [
    ...pem.matchAll(/-----BEGIN (?:X509 )?CERTIFICATE-----([^-]*)-----END (?:X509 )?CERTIFICATE-----/g),
  ];
  if (blocks.length === 0) {
    throw new CertificateError('certificate-missing', 'The file holds no certificate in PEM form.');
  }
  if (blocks.length > maxCertificates) {
    throw new CertificateError(
      'certificate-unreadable',
      `The file holds ${blocks.length} certificates; no more than ${maxCertificates} are read.`,
    );
  }
  return blocks.map(([, base64 = ''], index) => parseOne(Buffer.from(base64, 'base64'), index + 1));
}

function parseOne(der: Buffer, position: number): Certificate {
  try {
    const native = new X509Certificate(der);
    return describe(native, new x509.X509Certificate(new Uint8Array(der)));
  } catch (cause) {
    throw new CertificateError(
      'certificate-unreadable',
      `Certificate ${position} of the file cannot be read.`,
      {
        cause,
      },
    );
  }
}

function describe(native: X509Certificate, parsed: x509.X509Certificate): Certificate {
  const commonNames = parsed.subjectName.getField('CN');
  const constraints = parsed.getExtension(x509.BasicConstraintsExtension);
  const alternative = parsed.getExtension(x509.SubjectAlternativeNameExtension);
  const names = alternative?.names.items ?? [];
  return {
    label: commonNames[0] ?? parsed.subject,
    pem: native.toString(),
    serial: native.serialNumber.toLowerCase(),
    subject: parsed.subject,
    issuer: parsed.issuer,
    commonNames,
    notBefore: parsed.notBefore,
    notAfter: parsed.notAfter,
    basicConstraints: constraints === null ? undefined : { ca: constraints.ca },
    keyUsage: keyUsageOf(parsed),
    extendedKeyUsage: extendedKeyUsageOf(parsed),
    dnsNames: names.filter((name) => name.type === 'dns').map((name) => name.value),
    ipAddresses: names.filter((name) => name.type === 'ip').map((name) => name.value),
    hasAlternativeNames: names.length > 0,
    signatureOid: native.signatureAlgorithmOid,
    publicKey: native.publicKey,
    fingerprint: native.fingerprint256,
    isSignedWith: (key) => isSignedWith(native, key),
  };
}

function keyUsageOf(parsed: x509.X509Certificate): KeyUsage | undefined {
  const extension = parsed.getExtension(x509.KeyUsagesExtension);
  if (extension === null) return undefined;
  const has = (flag: number): boolean => (extension.usages & flag) !== 0;
  return {
    critical: extension.critical,
    digitalSignature: has(x509.KeyUsageFlags.digitalSignature),
    keyEncipherment: has(x509.KeyUsageFlags.keyEncipherment),
    keyCertSign: has(x509.KeyUsageFlags.keyCertSign),
  };
}

function extendedKeyUsageOf(parsed: x509.X509Certificate): ExtendedKeyUsage | undefined {
  const extension = parsed.getExtension(x509.ExtendedKeyUsageExtension);
  if (extension === null) return undefined;
  const usages = extension.usages.map((usage) => extendedUsageNames[String(usage)] ?? String(usage));
  return { critical: extension.critical, usages };
}

/** A key of another algorithm than the signature's makes the library throw; that is a plain no. */
function isSignedWith(certificate: X509Certificate, key: KeyObject): boolean {
  try {
    return certificate.verify(key);
  } catch {
    return false;
  }
}

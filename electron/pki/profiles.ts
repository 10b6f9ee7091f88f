import type { KeyObject } from 'node:crypto';
import type { Purpose } from './inspect-usage.ts';
import { isRsa } from './key-kinds.ts';
import type { CertificateNames } from './names.ts';
import { x509 } from './x509.ts';

const { KeyUsageFlags } = x509;

const purposeOids: Readonly<Record<Purpose, string>> = {
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
};

/** The subject of everything that is made here: one common name, so that it reads the same in every notation. */
export function commonNameOnly(commonName: string): x509.Name {
  return new x509.Name([{ CN: [{ utf8String: commonName }] }]);
}

/** An authority that signs hosts' certificates directly, and the list of those that are revoked. */
export async function authorityExtensions(publicKey: KeyObject): Promise<x509.Extension[]> {
  return [
    new x509.BasicConstraintsExtension(true, 0, true),
    new x509.KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    await subjectKeyIdentifier(publicKey),
  ];
}

/**
 * What a certificate asks to be good for. The purposes are critical: libvirt and QEMU let one that is not critical
 * pass with a line in their log, and a server's certificate would serve as a client's.
 *
 * The key usage is critical only where it names key encipherment: QEMU (`qcrypto_tls_creds_check_cert_key_usage` in
 * crypto/tlscredsx509.c, seen with 10.0.2) refuses a critical one without it, which elliptic curves cannot do.
 */
export function leafRequestExtensions(
  names: CertificateNames,
  purposes: readonly Purpose[],
  publicKey: KeyObject,
): x509.Extension[] {
  const { digitalSignature, keyEncipherment } = KeyUsageFlags;
  const keyUsage = isRsa(publicKey)
    ? new x509.KeyUsagesExtension(digitalSignature | keyEncipherment, true)
    : new x509.KeyUsagesExtension(digitalSignature, false);
  return [
    keyUsage,
    new x509.ExtendedKeyUsageExtension(
      purposes.map((purpose) => purposeOids[purpose]),
      true,
    ),
    new x509.SubjectAlternativeNameExtension([
      ...names.dnsNames.map((value) => ({ type: 'dns' as const, value })),
      ...names.ipAddresses.map((value) => ({ type: 'ip' as const, value })),
    ]),
  ];
}

/** @param issuerKeyIdentifier hex, as it stands in the authority's own certificate. */
export async function leafExtensions(
  names: CertificateNames,
  purposes: readonly Purpose[],
  publicKey: KeyObject,
  issuerKeyIdentifier: string,
): Promise<x509.Extension[]> {
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    ...leafRequestExtensions(names, purposes, publicKey),
    await subjectKeyIdentifier(publicKey),
    new x509.AuthorityKeyIdentifierExtension(issuerKeyIdentifier),
  ];
}

export function subjectKeyIdentifier(publicKey: KeyObject): Promise<x509.SubjectKeyIdentifierExtension> {
  return x509.SubjectKeyIdentifierExtension.create(publicKeyInfo(publicKey));
}

export function publicKeyInfo(publicKey: KeyObject): x509.PublicKey {
  return new x509.PublicKey(publicKey.export({ type: 'spki', format: 'der' }));
}

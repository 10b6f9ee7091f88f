import { BlockList, isIP } from 'node:net';
import type { Certificate } from './certificate.ts';

/**
 * Whether a certificate is for `name`, decided as GnuTLS decides it, which is what libvirt and QEMU use.
 *
 * An address matches only an IP entry of the subject alternative name. A name matches a DNS entry, in which the
 * whole left-most label may be `*` if at least two labels follow; the common name counts only where there is no
 * alternative name at all and the certificate may be used for servers. Compared with GnuTLS 3.7.9.
 */
export function isCertificateFor(certificate: Certificate, name: string): boolean {
  if (isIP(name) !== 0) return certificate.ipAddresses.some((address) => isSameAddress(address, name));
  if (certificate.hasAlternativeNames) return certificate.dnsNames.some((pattern) => matches(pattern, name));
  return mayServe(certificate) && certificate.commonNames.some((pattern) => matches(pattern, name));
}

/** What the certificate is for, as one would write it in a sentence. */
export function namesOf(certificate: Certificate): string[] {
  return certificate.hasAlternativeNames
    ? [...certificate.dnsNames, ...certificate.ipAddresses]
    : certificate.commonNames;
}

function matches(pattern: string, name: string): boolean {
  const wanted = name.toLowerCase();
  const given = pattern.toLowerCase();
  if (!given.startsWith('*.')) return given === wanted;
  const suffix = given.slice(1);
  if (suffix.indexOf('.') === suffix.lastIndexOf('.')) return false;
  const firstDot = wanted.indexOf('.');
  return firstDot > 0 && wanted.slice(firstDot) === suffix;
}

/** The two may be written differently (`::1`, `0:0:0:0:0:0:0:1`). */
function isSameAddress(one: string, other: string): boolean {
  const family = isIP(one);
  if (family === 0 || family !== isIP(other)) return false;
  const list = new BlockList();
  list.addAddress(one, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(other, family === 4 ? 'ipv4' : 'ipv6');
}

function mayServe(certificate: Certificate): boolean {
  const usages = certificate.extendedKeyUsage?.usages;
  return usages === undefined || usages.includes('serverAuth') || usages.includes('anyExtendedKeyUsage');
}

import type { Purpose } from '../../pki/inspect-usage.ts';
import { commonNameOf, type CertificateNames } from '../../pki/names.ts';
import type { KeyTool } from '../certificate-hand.ts';

/**
 * What openssl or certtool is told to put into a request: all that the certificate is to hold, so that whoever signs
 * it has nothing to add. Names have been checked and hold nothing that either format would take for its own.
 */
export function requestTemplate(tool: KeyTool, names: CertificateNames, purpose: Purpose): string {
  const lines = tool === 'openssl' ? opensslLines(names, purpose) : certtoolLines(names, purpose);
  return `${lines.join('\n')}\n`;
}

function opensslLines(names: CertificateNames, purpose: Purpose): string[] {
  return [
    '[req]',
    'prompt = no',
    'distinguished_name = subject',
    'req_extensions = wanted',
    '[subject]',
    `CN = ${commonNameOf(names)}`,
    '[wanted]',
    'basicConstraints = critical, CA:FALSE',
    'keyUsage = critical, digitalSignature, keyEncipherment',
    `extendedKeyUsage = critical, ${purpose}Auth`,
    'subjectAltName = @names',
    '[names]',
    ...names.dnsNames.map((name, index) => `DNS.${index + 1} = ${name}`),
    ...names.ipAddresses.map((address, index) => `IP.${index + 1} = ${address}`),
  ];
}

function certtoolLines(names: CertificateNames, purpose: Purpose): string[] {
  return [
    `cn = "${commonNameOf(names)}"`,
    ...names.dnsNames.map((name) => `dns_name = "${name}"`),
    ...names.ipAddresses.map((address) => `ip_address = "${address}"`),
    'signing_key',
    'encryption_key',
    `tls_www_${purpose}`,
  ];
}

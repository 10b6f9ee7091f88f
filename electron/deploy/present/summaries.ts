import { messageOf } from '../../common/errors.ts';
import { printable } from '../../common/printable.ts';
import type { Authority } from '../../pki/authority.ts';
import { parseCertificates, type Certificate } from '../../pki/certificate.ts';
import { namesOf } from '../../pki/hostname.ts';
import type { Purpose } from '../../pki/inspect-usage.ts';
import { keyLabel, keyLabels, type KeyKind } from '../../pki/key-kinds.ts';
import { leafValidity } from '../../pki/lifetimes.ts';
import { commonNameOf, type CertificateNames } from '../../pki/names.ts';
import { readRevocationList, splitRevocationLists } from '../../pki/revocation-list.ts';
import { dayOf } from './words.ts';

interface Lines {
  subject: string;
  issuer: string;
  names: readonly string[];
  usage: readonly string[];
  from: Date;
  until: Date;
  key: string;
  serial: string;
}

const maxNames = 64;

/** A certificate in lines that a person can compare with those of another; empty where there is none. */
export function certificateSummary(pem: string | undefined): string {
  return readable(pem, ([leaf]) => (leaf === undefined ? '' : linesText(linesOf(leaf))));
}

/** The same of a certificate that is about to be made. */
export function plannedSummary(
  authority: Authority,
  names: CertificateNames,
  purpose: Purpose,
  key: KeyKind,
  now: Date,
): string {
  const { notBefore, notAfter } = leafValidity(authority.certificate, now);
  return linesText({
    subject: `CN=${commonNameOf(names)}`,
    issuer: authority.certificate.subject,
    names: [...names.dnsNames, ...names.ipAddresses],
    usage: ['digitalSignature', ...(key === 'rsa3072' ? ['keyEncipherment'] : []), `${purpose}Auth`],
    from: notBefore,
    until: notAfter,
    key: keyLabels[key],
    serial: 'a new one, at random',
  });
}

/** What a CA file makes a host trust, a line each. */
export function authoritiesSummary(pem: string | undefined): string {
  const line = ({ subject, publicKey, notAfter, fingerprint }: Certificate): string =>
    `${printable(subject, 300)}, ${keyLabel(publicKey)}, until ${dayOf(notAfter)}, SHA-256 ${fingerprint}\n`;
  return readable(pem, (certificates) => certificates.map(line).join(''));
}

/** The lists of a CRL file, a line each. */
export function revocationsSummary(pem: string | undefined): string {
  const lines = splitRevocationLists(pem ?? '').map((text) => {
    try {
      const { issuer, number, thisUpdate, revoked } = readRevocationList(text);
      const numbered = number === undefined ? 'list without a number' : `list ${number}`;
      return `${numbered} of ${printable(issuer, 300)}, of ${dayOf(thisUpdate)}, ${revoked.length} revoked\n`;
    } catch (error) {
      return `${messageOf(error)}\n`;
    }
  });
  return lines.join('');
}

function readable(pem: string | undefined, text: (certificates: Certificate[]) => string): string {
  if (pem === undefined) return '';
  try {
    return text(parseCertificates(pem));
  } catch (error) {
    return `${messageOf(error)}\n`;
  }
}

function linesOf(leaf: Certificate): Lines {
  const { keyUsage, extendedKeyUsage } = leaf;
  return {
    subject: leaf.subject,
    issuer: leaf.issuer,
    names: namesOf(leaf),
    usage: [
      ...(keyUsage?.digitalSignature === true ? ['digitalSignature'] : []),
      ...(keyUsage?.keyEncipherment === true ? ['keyEncipherment'] : []),
      ...(extendedKeyUsage?.usages ?? []),
    ],
    from: leaf.notBefore,
    until: leaf.notAfter,
    key: keyLabel(leaf.publicKey),
    serial: leaf.serial,
  };
}

function linesText({ subject, issuer, names, usage, from, until, key, serial }: Lines): string {
  return [
    `subject: ${subject}`,
    `issuer: ${issuer}`,
    ...names.slice(0, maxNames).map((name) => `name: ${name}`),
    `usage: ${usage.join(', ')}`,
    `valid from: ${dayOf(from)}`,
    `valid until: ${dayOf(until)}`,
    `key: ${key}`,
    `serial number: ${serial}`,
  ]
    .map((line) => `${printable(line, 400).replaceAll('\n', ' ')}\n`)
    .join('');
}

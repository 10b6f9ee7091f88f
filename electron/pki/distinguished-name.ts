import { parseCertificates } from './certificate.ts';
import { decodeDer, decodeOid, tags, type DerValue } from './der.ts';
import { PkiError } from './pki-error.ts';
import { x509 } from './x509.ts';

/** libvirt hands GnuTLS a buffer of 256 bytes (virnettlscontext.c), and refuses the client when the name is longer. */
const maxBytes = 255;

const directoryStrings = [
  tags.utf8String,
  tags.printableString,
  tags.teletexString,
  tags.universalString,
  tags.bmpString,
];

/** The attributes that GnuTLS prints by name, by the type of string that each must have (`_oid2str` in lib/x509/common.c). */
const attributes: readonly { strings: readonly number[]; names: Readonly<Record<string, string>> }[] = [
  {
    strings: directoryStrings,
    names: {
      '2.5.4.3': 'CN',
      '2.5.4.4': 'surName',
      '2.5.4.7': 'L',
      '2.5.4.8': 'ST',
      '2.5.4.9': 'street',
      '2.5.4.10': 'O',
      '2.5.4.11': 'OU',
      '2.5.4.12': 'title',
      '2.5.4.13': 'description',
      '2.5.4.15': 'businessCategory',
      '2.5.4.17': 'postalCode',
      '2.5.4.41': 'name',
      '2.5.4.42': 'givenName',
      '2.5.4.43': 'initials',
      '2.5.4.44': 'generationQualifier',
      '2.5.4.65': 'pseudonym',
      '0.9.2342.19200300.100.1.1': 'UID',
    },
  },
  {
    strings: [tags.printableString],
    names: {
      '2.5.4.5': 'serialNumber',
      '2.5.4.6': 'C',
      '2.5.4.20': 'telephoneNumber',
      '2.5.4.46': 'dnQualifier',
    },
  },
  {
    strings: [tags.ia5String],
    names: { '0.9.2342.19200300.100.1.25': 'DC', '1.2.840.113549.1.9.1': 'EMAIL' },
  },
];

/** Names that GnuTLS has for attributes which no host's certificate carries; they are not told apart here. */
const unclearOids = /^1\.3\.6\.1\.4\.1\.311\.60\.|^1\.3\.6\.1\.5\.5\.7\.|^1\.2\.840\./;

/**
 * The subject of a certificate as libvirt compares it with `tls_allowed_dn_list`: GnuTLS's text form
 * (`gnutls_x509_crt_get_dn`), which is RFC 4514's escaping in the order of the certificate and not reversed.
 * The same as `virt-pki-query-dn` prints.
 *
 * An entry of the list is a pattern: `*` and `?` in a name stand for themselves and for anything else.
 *
 * @throws CertificateError; {PkiError} `dn-too-long` when libvirt could not read it; `dn-unclear` for what is not exactly known.
 */
export function allowListName(pem: string): string {
  const [certificate] = parseCertificates(pem);
  const { subjectName } = new x509.X509Certificate(certificate?.pem ?? pem);
  const text = nameText(Buffer.from(subjectName.toArrayBuffer()));
  if (Buffer.byteLength(text) > maxBytes) {
    throw new PkiError(
      'dn-too-long',
      `The subject ${text} is longer than the ${maxBytes} bytes that libvirt can compare.`,
      { remedy: 'Issue a certificate with a shorter subject.' },
    );
  }
  return text;
}

/** @param der the encoded `Name`. */
function nameText(der: Buffer): string {
  return parts({ content: der })
    .flatMap(parts)
    .map((relative) => parts(relative).map(attributeText).join('+'))
    .join(',');
}

function parts({ content }: Pick<DerValue, 'content'>): DerValue[] {
  return decodeDer(content);
}

function attributeText(attribute: DerValue): string {
  const [type, value] = parts(attribute);
  if (type === undefined || value === undefined) throw unclear('it is damaged');
  const oid = decodeOid(type.content);
  const known = attributes.find(({ names }) => oid in names);
  if (known === undefined && unclearOids.test(oid)) throw unclear(`it holds the attribute ${oid}`);
  const name = known?.names[oid] ?? oid;
  const text = known?.strings.includes(value.tag) === true ? stringOf(value) : undefined;
  return text === undefined ? `${name}=#${value.whole.toString('hex')}` : `${name}=${escaped(text)}`;
}

function stringOf({ tag, content }: DerValue): string {
  if (content.length === 0) throw unclear('it holds an empty value');
  if (tag === tags.bmpString && content.length % 2 === 1) throw unclear('it is damaged');
  if (tag === tags.bmpString) return Buffer.from(content).swap16().toString('utf16le');
  if (tag === tags.universalString || (tag === tags.teletexString && content.some((byte) => byte >= 0x80))) {
    throw unclear('it holds text in an old character set');
  }
  return content.toString('utf8');
}

function escaped(value: string): string {
  return value.replace(/[,+"\\<>;]|^[# ]|(?<=.) $/gsu, '\\$&');
}

function unclear(reason: string): PkiError {
  return new PkiError(
    'dn-unclear',
    `How libvirt reads the subject of the certificate is not known: ${reason}.`,
    {
      remedy: 'Take the name that "virt-pki-query-dn" prints on a host.',
    },
  );
}

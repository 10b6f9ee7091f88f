import fc from 'fast-check';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { allowListName } from '../../../electron/pki/distinguished-name.ts';
import { publicKeyInfo } from '../../../electron/pki/profiles.ts';
import { x509 } from '../../../electron/pki/x509.ts';
import { issueNew, makeStand } from './authorities.ts';
import { mustRun, temporaryFolder } from './tools.ts';

const folder = temporaryFolder();

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signingKey = privateKey.toCryptoKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);

/** A certificate with that subject; a value given as `#` and hex is its encoding. */
async function withSubject(subject: x509.JsonNameParams): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: '01',
    subject: new x509.Name(subject),
    issuer: 'CN=Lab CA',
    publicKey: publicKeyInfo(publicKey),
    signingKey,
    signingAlgorithm: { name: 'ECDSA' },
  });
  return `${certificate.toString('pem')}\n`;
}

const utf8 = (value: string) => [{ utf8String: value }];
const printable = (value: string) => [{ printableString: value }];
const ia5 = (value: string) => [{ ia5String: value }];
const long = (length: number) => [
  { CN: utf8('x'.repeat(64)) },
  { O: utf8('y'.repeat(64)) },
  { OU: utf8('z'.repeat(64)) },
  { L: utf8('l'.repeat(length)) },
];

/** What virt-pki-query-dn of libvirt 9.0.0 with GnuTLS 3.7.9 printed for the same certificates. */
const printed: [string, x509.JsonNameParams][] = [
  ['CN=host1', [{ CN: utf8('host1') }]],
  [
    'C=GB,ST=London,L=London,O=Example,OU=IT,CN=host1',
    [
      { C: printable('GB') },
      { ST: utf8('London') },
      { L: utf8('London') },
      { O: utf8('Example') },
      { OU: utf8('IT') },
      { CN: utf8('host1') },
    ],
  ],
  [
    'O=Acme\\, Inc.,CN=a\\+b \\"c\\" \\\\ \\<d\\>\\;e',
    [{ O: utf8('Acme, Inc.') }, { CN: utf8('a+b "c" \\ <d>;e') }],
  ],
  ['CN=\\#lead', [{ CN: utf8('#lead') }]],
  ['CN=\\ lead and trail\\ ', [{ CN: utf8(' lead and trail ') }]],
  ['CN=\\ ', [{ CN: utf8(' ') }]],
  ['CN=\\  two', [{ CN: utf8('  two') }]],
  ['CN=end \\ ', [{ CN: utf8('end  ') }]],
  ['CN=a=b,OU=x#y', [{ CN: utf8('a=b') }, { OU: utf8('x#y') }]],
  ['CN=zażółć 日本 😀', [{ CN: utf8('zażółć 日本 😀') }]],
  ['DC=org,DC=example,CN=h', [{ DC: ia5('org') }, { DC: ia5('example') }, { CN: utf8('h') }]],
  [
    'EMAIL=a@b.c,serialNumber=123',
    [{ '1.2.840.113549.1.9.1': ia5('a@b.c') }, { '2.5.4.5': printable('123') }],
  ],
  ['CN=a+OU=b,O=c', [{ CN: utf8('a'), OU: utf8('b') }, { O: utf8('c') }]],
  ['O=c,CN=a+OU=b', [{ O: utf8('c') }, { CN: utf8('a'), OU: utf8('b') }]],
  ['CN=bmp ż', [{ CN: [{ bmpString: 'bmp ż' }] }]],
  ['1.2.3.4.5=#0c036f6464,CN=x', [{ '1.2.3.4.5': utf8('odd') }, { CN: utf8('x') }]],
  ['2.5.4.97=#0c0756415444452d31,CN=x', [{ '2.5.4.97': utf8('VATDE-1') }, { CN: utf8('x') }]],
  [
    'UID=uid,street=Street 1,title=Dr,surName=Sur,givenName=Giv,dnQualifier=dq,postalCode=12345,description=desc',
    [
      { '0.9.2342.19200300.100.1.1': utf8('uid') },
      { '2.5.4.9': utf8('Street 1') },
      { '2.5.4.12': utf8('Dr') },
      { '2.5.4.4': utf8('Sur') },
      { '2.5.4.42': utf8('Giv') },
      { '2.5.4.46': printable('dq') },
      { '2.5.4.17': utf8('12345') },
      { '2.5.4.13': utf8('desc') },
    ],
  ],
  [
    'name=nm,initials=in,generationQualifier=gen,pseudonym=ps,businessCategory=bc,telephoneNumber=555',
    [
      { '2.5.4.41': utf8('nm') },
      { '2.5.4.43': utf8('in') },
      { '2.5.4.44': utf8('gen') },
      { '2.5.4.65': utf8('ps') },
      { '2.5.4.15': utf8('bc') },
      { '2.5.4.20': printable('555') },
    ],
  ],
  ['CN=*.example?', [{ CN: utf8('*.example?') }]],
  ['CN=new\nline\ttab', [{ CN: utf8('new\nline\ttab') }]],
  ['C=#0c024742', [{ C: utf8('GB') }]],
  ['CN=#16026961', [{ CN: ia5('ia') }]],
  ['EMAIL=#0c03614062', [{ '1.2.840.113549.1.9.1': utf8('a@b') }]],
  ['DC=#0c0161', [{ DC: utf8('a') }]],
  ['CN=tele', [{ CN: ['#140474656c65'] }]],
];

describe('the name for tls_allowed_dn_list', () => {
  it.each(printed)('is %j as libvirt prints it', async (text, subject) => {
    expect(allowListName(await withSubject(subject))).toBe(text);
  });

  it('escapes no line separator, as GnuTLS', async () => {
    const pem = await withSubject([{ CN: utf8('a\u2028b') }]);
    expect(mustRun('certtool', ['-i'], pem)).toContain('\tSubject: CN=a\u2028b\n');
    expect(allowListName(pem)).toBe('CN=a\u2028b');
  });

  it('may be 255 bytes long, and no longer', async () => {
    expect(allowListName(await withSubject(long(50)))).toHaveLength(255);
    const longer = await withSubject(long(51));
    expect(() => allowListName(longer)).toThrow(expect.objectContaining({ code: 'dn-too-long' }));
  });

  it.each<[string, x509.JsonNameParams]>([
    ['an empty value, which libvirt cannot read', [{ CN: utf8('') }]],
    ['a string in Latin-1', [{ CN: ['#140474e96c65'] }]],
    ['a string of four bytes a character', [{ O: [{ universalString: 'uni' }] }]],
    ['an attribute that only GnuTLS has a name for', [{ '1.3.6.1.5.5.7.9.3': printable('M') }]],
  ])('is not guessed for %s', async (_words, subject) => {
    const pem = await withSubject(subject);
    expect(() => allowListName(pem)).toThrow(expect.objectContaining({ code: 'dn-unclear' }));
  });

  /** certtool prints RFC 4514's order, which is the reverse; for one attribute there is no order. */
  it('escapes as GnuTLS does, whatever the name', async () => {
    const character = fc.oneof(
      fc.constantFrom(' ', ',', '+', '"', '\\', '<', '>', ';', '#', '=', '*'),
      fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' }).filter((text) => !/\p{C}/u.test(text)),
    );
    const value = fc.array(character, { minLength: 1, maxLength: 12 }).map((all) => all.join(''));
    await fc.assert(
      fc.asyncProperty(value, async (name) => {
        const pem = await withSubject([{ CN: utf8(name) }]);
        // Not `.` and `$`: U+2028 in a name ends a line for JavaScript, but not for certtool.
        const [, subject] = /^\tSubject: ([^\n]*)\n/m.exec(mustRun('certtool', ['-i'], pem)) ?? [];
        expect(allowListName(pem)).toBe(subject);
      }),
      { numRuns: 60 },
    );
  });

  it('of our own certificates reads the same in every notation', async () => {
    const { unlocked } = await makeStand(folder);
    const { pem } = await issueNew(unlocked);
    expect(allowListName(pem)).toBe('CN=beta.lab');
    expect(mustRun('certtool', ['-i'], pem)).toContain('\tSubject: CN=beta.lab\n');
    for (const order of ['RFC2253', 'oneline,-space_eq']) {
      expect(mustRun('openssl', ['x509', '-noout', '-subject', '-nameopt', order], pem)).toBe(
        'subject=CN=beta.lab\n',
      );
    }
  });
});

import { describe, expect, it } from 'vitest';
import { parseCertificates } from '../../../electron/pki/certificate.ts';
import { isCertificateFor, namesOf } from '../../../electron/pki/hostname.ts';
import { clientAuth, issue, type Wish } from './certificates.ts';

/** The same situations were put to GnuTLS 3.7.9 (`certtool --verify-hostname`), which answers as this table does. */
const table: [Wish, string, boolean][] = [
  [{ dns: ['beta.lab'] }, 'beta.lab', true],
  [{ dns: ['BETA.lab'] }, 'beta.LAB', true],
  [{ dns: ['beta.lab'] }, 'beta.lab.', false],
  [{ dns: ['beta.lab'] }, 'beta', false],
  [{ dns: ['*.lab'] }, 'beta.lab', false],
  [{ dns: ['*.a.lab'] }, 'b.a.lab', true],
  [{ dns: ['*.a.lab'] }, 'x.b.a.lab', false],
  [{ dns: ['*.a.lab'] }, 'a.lab', false],
  [{ dns: ['b*.a.lab'] }, 'be.a.lab', false],
  [{ dns: ['x.*.a.lab'] }, 'x.b.a.lab', false],
  [{ ip: ['10.0.0.6'] }, '10.0.0.6', true],
  [{ ip: ['10.0.0.6'] }, '10.0.0.5', false],
  [{ ip: ['2001:db8::1'] }, '2001:0db8:0:0:0:0:0:1', true],
  [{ dns: ['10.0.0.5'] }, '10.0.0.5', false],
  [{ cn: '10.0.0.5' }, '10.0.0.5', false],
  [{ cn: 'beta.lab' }, 'beta.lab', true],
  [{ cn: '*.a.lab' }, 'b.a.lab', true],
  [{ cn: 'beta.lab', dns: ['alpha.lab'] }, 'beta.lab', false],
  [{ cn: 'beta.lab', ip: ['10.0.0.6'] }, 'beta.lab', false],
  [{ cn: 'beta.lab', eku: { usages: [clientAuth] } }, 'beta.lab', false],
];

describe('whether a certificate is for a name', () => {
  it.each(table)('%j and %s: %s', async (wish, name, expected) => {
    const [certificate] = parseCertificates((await issue(wish)).pem);
    expect(certificate && isCertificateFor(certificate, name)).toBe(expected);
  });
});

describe('the names of a certificate', () => {
  it('are the alternative names, or the common name where there are none', async () => {
    const [named] = parseCertificates((await issue({ dns: ['beta.lab'], ip: ['10.0.0.6'] })).pem);
    const [unnamed] = parseCertificates((await issue({ cn: 'gamma.lab' })).pem);
    expect(named && namesOf(named)).toEqual(['beta.lab', '10.0.0.6']);
    expect(unnamed && namesOf(unnamed)).toEqual(['gamma.lab']);
  });
});

import fc from 'fast-check';
import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { certificateNames, checkedAuthorityName, commonNameOf } from '../../../electron/pki/names.ts';

describe('the names of a certificate', () => {
  it('are sorted into names and addresses, each once and in one spelling', () => {
    expect(
      certificateNames(['Beta.LAB', '10.0.0.6', 'beta.lab', '2001:0DB8::0:6', '2001:db8::6', 'beta']),
    ).toEqual({
      dnsNames: ['beta.lab', 'beta'],
      ipAddresses: ['10.0.0.6', '2001:db8::6'],
    });
    expect(certificateNames(['::ffff:10.0.0.6']).ipAddresses).toEqual(['::ffff:a00:6']);
  });

  it.each([
    ['*.lab'],
    ['beta.lab.'],
    ['-beta'],
    ['beta-.lab'],
    ['be ta'],
    ['a..b'],
    [''],
    ['bücher.example'],
    ['a,DNS:evil'],
    ['a\nb'],
    ['a\0b'],
    [`${'a'.repeat(64)}.lab`],
    [`${'a.'.repeat(127)}aa`],
    ['fe80::1%eth0'],
    ['10.0.0.6/24'],
  ])('do not include %j', (name) => {
    expect(() => certificateNames(['beta.lab', name])).toThrow(
      expect.objectContaining({ code: 'bad-certificate-name' }),
    );
  });

  it('are at least one and at most 64', () => {
    const many = Array.from({ length: 65 }, (_, index) => `h${index}`);
    expect(certificateNames(many.slice(1)).dnsNames).toHaveLength(64);
    for (const names of [[], many])
      expect(() => certificateNames(names)).toThrow(/needs at least one|takes 64/);
  });

  it('hold nothing but host names and addresses, whatever is given', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.domain(), fc.ipV6(), fc.ipV4()), { maxLength: 5 }),
        (given) => {
          let names;
          try {
            names = certificateNames(given);
          } catch (error) {
            expect(error).toMatchObject({ code: 'bad-certificate-name' });
            return;
          }
          for (const name of names.dnsNames) expect(name).toMatch(/^[a-z0-9_.-]{1,253}$/);
          for (const address of names.ipAddresses) expect(isIP(address)).not.toBe(0);
        },
      ),
    );
  });
});

describe('the common name', () => {
  it('is the first name that fits, else the first address', () => {
    const long = `${'a'.repeat(60)}.example`;
    expect(commonNameOf(certificateNames([long, 'beta']))).toBe('beta');
    expect(commonNameOf(certificateNames([long, '10.0.0.6']))).toBe('10.0.0.6');
    expect(() => commonNameOf(certificateNames([long]))).toThrow(/at most 64 characters/);
  });
});

describe('the name of an authority', () => {
  it.each(['Lab CA', 'a', 'Example-CA_2.1', 'x'.repeat(64)])('may be %j', (name) => {
    expect(checkedAuthorityName(name)).toBe(name);
  });

  it.each([
    '',
    '.',
    '..',
    '../x',
    'a/b',
    '.new-x',
    ' a',
    'a ',
    'a.',
    'a\nb',
    'ä',
    'x'.repeat(65),
    'a\\b',
    'a,b',
  ])('may not be %j', (name) => {
    expect(() => checkedAuthorityName(name)).toThrow(expect.objectContaining({ code: 'bad-authority-name' }));
  });
});

import { describe, expect, it } from 'vitest';
import { checkedNames } from '../../../electron/deploy/names/given-names.ts';

const check = (given: Record<string, string[]>) =>
  checkedNames(['alpha.lab', 'beta.lab'], new Map(Object.entries(given)));

describe('names that the admin gave', () => {
  it('are those of the certificates', () => {
    expect(check({ 'alpha.lab': ['ALPHA.lab', 'fd00:0::1'], 'beta.lab': ['192.0.2.2'] })).toEqual([
      { dnsNames: ['alpha.lab'], ipAddresses: ['fd00::1'] },
      { dnsNames: [], ipAddresses: ['192.0.2.2'] },
    ]);
  });

  it.each<[string, Record<string, string[]>, string, RegExp]>([
    ['none for a host', { 'alpha.lab': ['alpha'] }, 'bad-certificate-name', /beta\.lab need at least one/],
    [
      'one that leads to itself',
      { 'alpha.lab': ['localhost'], 'beta.lab': ['b'] },
      'bad-certificate-name',
      /leads every host to itself/,
    ],
    ['no name', { 'alpha.lab': ['a b'], 'beta.lab': ['b'] }, 'bad-certificate-name', /cannot stand/],
    [
      'too many',
      { 'alpha.lab': Array.from({ length: 65 }, (_, index) => `n${index}`), 'beta.lab': ['b'] },
      'bad-certificate-name',
      /64 names, not 65/,
    ],
    [
      'one for two hosts, in two spellings',
      { 'alpha.lab': ['fd00:0::1'], 'beta.lab': ['FD00::1'] },
      'name-of-two-hosts',
      /fd00::1 is given for both alpha\.lab and beta\.lab/,
    ],
  ])('are refused: %s', (_what, given, code, message) => {
    expect(() => check(given)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error,
    );
  });
});

import { describe, expect, it } from 'vitest';
import {
  namesOfHosts,
  parseOwnAddresses,
  type NameFacts,
} from '../../../electron/deploy/names/host-names.ts';

const plain: NameFacts = {
  uriName: 'alpha.lab',
  ownNames: ['alpha.lab', 'alpha'],
  migrationHost: undefined,
  ownAddresses: ['198.51.100.11'],
  resolved: ['198.51.100.11'],
};

function namesOf(facts: Partial<NameFacts>, ...others: Partial<NameFacts>[]): string[] {
  const all = [facts, ...others].map((one) => ({ ...plain, ...one }));
  const [first = { dnsNames: [], ipAddresses: [] }] = namesOfHosts(all);
  return [...first.dnsNames, ...first.ipAddresses];
}

describe('the names in a certificate', () => {
  it.each<[string, Partial<NameFacts>, string[]]>([
    ['full name first, then the short one', {}, ['alpha.lab', 'alpha', '198.51.100.11']],
    [
      'what others resolve',
      { resolved: ['203.0.113.7', 'fd00::1'] },
      ['alpha.lab', 'alpha', '198.51.100.11', '203.0.113.7', 'fd00::1'],
    ],
    ['a URI with an address', { uriName: '192.0.2.4' }, ['alpha.lab', 'alpha', '198.51.100.11', '192.0.2.4']],
    ['an alias in the URI', { uriName: 'rack-4' }, ['alpha.lab', 'rack-4', 'alpha', '198.51.100.11']],
    ['upper case', { ownNames: ['ALPHA.lab', 'Alpha'] }, ['alpha.lab', 'alpha', '198.51.100.11']],
    [
      'localhost is nobody',
      { ownNames: ['localhost', 'localhost.localdomain'] },
      ['alpha.lab', '198.51.100.11'],
    ],
    [
      'loopback and link addresses',
      { resolved: ['127.0.1.1', '::1', 'fe80::1', '169.254.1.1', '0.0.0.0'] },
      ['alpha.lab', 'alpha', '198.51.100.11'],
    ],
    [
      'names that are none',
      { ownNames: ['(none)', 'a b', '-x', '*.lab', 'x\u0000y', ''] },
      ['alpha.lab', '198.51.100.11'],
    ],
    [
      'migration_host',
      { migrationHost: 'alpha-mig.lab' },
      ['alpha-mig.lab', 'alpha.lab', 'alpha', '198.51.100.11'],
    ],
    [
      'one address in two spellings',
      { resolved: ['fd00:0::0:1', 'fd00::1'] },
      ['alpha.lab', 'alpha', '198.51.100.11', 'fd00::1'],
    ],
  ])('%s', (_what, facts, expected) => {
    expect(namesOf(facts)).toEqual(expected);
  });

  it('leaves out what two hosts claim', () => {
    const clone = {
      uriName: 'beta.lab',
      ownNames: ['debian', 'alpha.lab'],
      ownAddresses: ['10.0.0.2', '10.9.9.9'],
    };
    const facts = { ownNames: ['debian'], ownAddresses: ['10.0.0.1', '10.9.9.9'], resolved: [] };
    // The admin's own word for it stays.
    expect(namesOf(facts, { ...clone, resolved: [] })).toEqual(['alpha.lab', '10.0.0.1']);
  });

  it('takes no more than a certificate holds', () => {
    const many = Array.from(
      { length: 300 },
      (_, index) => `10.1.${Math.floor(index / 250)}.${(index % 250) + 1}`,
    );
    expect(namesOf({ resolved: many, ownNames: many.map((_, index) => `n${index}.lab`) })).toHaveLength(64);
  });

  it('refuses a name of the URI that cannot stand in a certificate', () => {
    expect(() => namesOf({ uriName: 'al pha' })).toThrow(/can stand in a certificate/);
  });
});

describe('addresses of network cards', () => {
  it('leaves out those of virtual networks and temporary ones', () => {
    const output = [
      '2: eth0    inet 198.51.100.11/24 brd 198.51.100.255 scope global eth0\\       valid_lft forever',
      '2: eth0    inet6 fd76:6c61:6230::11/64 scope global \\       valid_lft forever',
      '2: eth0    inet6 2001:db8::77/64 scope global temporary dynamic \\       valid_lft 1000sec',
      '3: virbr0    inet 192.168.122.1/24 brd 192.168.122.255 scope global virbr0',
      '4: docker0    inet 172.17.0.1/16 scope global docker0',
      '5: br-0123456789ab    inet 172.18.0.1/16 scope global br-0123456789ab',
      '6: br0    inet 10.0.0.5/24 scope global br0',
      'nonsense inet 1.2.3.4',
      '7: eth1    inet 999.1.1.1/8 scope global eth1',
    ].join('\n');
    expect(parseOwnAddresses(output)).toEqual(['198.51.100.11', 'fd76:6c61:6230::11', '10.0.0.5']);
  });
});

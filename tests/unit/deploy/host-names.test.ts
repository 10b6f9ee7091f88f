import { describe, expect, it } from 'vitest';
import {
  certificateNamesOf,
  namesOfHosts,
  type HostNames,
  type NameFacts,
} from '../../../electron/deploy/names/host-names.ts';
import { parseOwnAddresses } from '../../../electron/deploy/names/own-addresses.ts';

interface Told {
  uriName: string;
  ownNames: string[];
  addresses: string[];
  resolved: string[];
  setAside: NameFacts['setAside'];
}
const plain: Told = {
  uriName: 'alpha.lab',
  ownNames: ['alpha.lab', 'alpha'],
  addresses: ['198.51.100.11'],
  resolved: ['198.51.100.11'],
  setAside: [],
};

function factsOf(given: Partial<Told>): NameFacts {
  const { uriName, ownNames, addresses, resolved, setAside } = { ...plain, ...given };
  const say = (names: readonly string[], because: string) => names.map((name) => ({ name, because }));
  return {
    uriName,
    told: [
      ...say(ownNames, `hostname on ${uriName}`),
      ...say(addresses, 'the address of eth0'),
      ...say(resolved, "beta's resolver"),
    ],
    setAside,
  };
}

function hostNames(facts: Partial<Told>, ...others: Partial<Told>[]): HostNames {
  const [first = { host: '', found: [], leftOut: [] }] = namesOfHosts([facts, ...others].map(factsOf));
  return first;
}

function namesOf(facts: Partial<Told>, ...others: Partial<Told>[]): string[] {
  const { dnsNames, ipAddresses } = certificateNamesOf(hostNames(facts, ...others));
  return [...dnsNames, ...ipAddresses];
}

describe('the names in a certificate', () => {
  it.each<[string, Partial<Told>, string[]]>([
    ['full name first, then the short one', {}, ['alpha.lab', 'alpha', '198.51.100.11']],
    [
      'what others resolve',
      { resolved: ['203.0.113.7', 'fd00::1'] },
      ['alpha.lab', 'alpha', '198.51.100.11', '203.0.113.7', 'fd00::1'],
    ],
    ['a URI with an address', { uriName: '192.0.2.4' }, ['alpha.lab', 'alpha', '192.0.2.4', '198.51.100.11']],
    ['an alias in the URI', { uriName: 'rack-4' }, ['alpha.lab', 'rack-4', 'alpha', '198.51.100.11']],
    ['upper case', { ownNames: ['ALPHA.lab', 'Alpha'] }, ['alpha.lab', 'alpha', '198.51.100.11']],
    [
      'localhost is nobody',
      { ownNames: ['localhost', 'localhost.localdomain'] },
      ['alpha.lab', '198.51.100.11'],
    ],
    [
      'loopback and link addresses',
      { resolved: ['127.0.1.1', '::1', 'fe80::1', 'fe80::1%eth0', '169.254.1.1', '0.0.0.0', 'fd00::2%eth0'] },
      ['alpha.lab', 'alpha', '198.51.100.11'],
    ],
    [
      'names that are none',
      { ownNames: ['(none)', 'a b', '-x', 'x-', '*.lab', 'x\u0000y'] },
      ['alpha.lab', '198.51.100.11'],
    ],
    [
      'one address in two spellings',
      { resolved: ['fd00:0::0:1', 'fd00::1'] },
      ['alpha.lab', 'alpha', '198.51.100.11', 'fd00::1'],
    ],
    [
      'addresses that are not for others',
      { setAside: [{ name: '192.168.122.1', why: 'is of virbr0' }] },
      ['alpha.lab', 'alpha', '198.51.100.11'],
    ],
  ])('%s', (_what, facts, expected) => {
    expect(namesOf(facts)).toEqual(expected);
  });

  it('leaves out what two hosts claim, and says who', () => {
    const clone = {
      uriName: 'beta.lab',
      ownNames: ['debian', 'alpha.lab'],
      addresses: ['10.0.0.2', '10.9.9.9', 'fd00:0::9'],
      resolved: [],
    };
    const facts = {
      ownNames: ['debian'],
      addresses: ['10.0.0.1', '10.9.9.9', 'fd00::9'],
      resolved: [],
    };
    // The admin's own word for it stays.
    expect(namesOf(facts, clone)).toEqual(['alpha.lab', '10.0.0.1']);
    expect(hostNames(facts, clone).leftOut).toEqual(
      ['debian', '10.9.9.9', 'fd00::9'].map((name) => ({
        name,
        why: 'beta.lab claims it as well',
        refused: false,
      })),
    );
    expect(namesOf(clone, facts)).toEqual(['beta.lab', '10.0.0.2']);
  });

  it('says how each is known, and what can stand in none', () => {
    const { found, leftOut } = hostNames({
      ownNames: ['alpha', 'localhost', 'a b'],
      resolved: ['203.0.113.7', '127.0.1.1'],
      setAside: [{ name: '192.168.122.1', why: 'is of virbr0' }],
    });
    expect(found.map(({ name, kind, because }) => [name, kind, because])).toEqual([
      ['alpha.lab', 'dns', 'the connect URI'],
      ['alpha', 'dns', 'hostname on alpha.lab'],
      ['198.51.100.11', 'ip', 'the address of eth0'],
      ['203.0.113.7', 'ip', "beta's resolver"],
    ]);
    expect(leftOut).toEqual([
      { name: 'localhost', why: 'leads every host to itself', refused: true },
      { name: 'a b', why: 'cannot stand in a certificate', refused: true },
      { name: '127.0.1.1', why: 'leads every host to itself', refused: true },
      { name: '192.168.122.1', why: 'is of virbr0', refused: false },
    ]);
  });

  it('takes no more than a certificate holds', () => {
    const many = Array.from(
      { length: 300 },
      (_, index) => `10.1.${Math.floor(index / 250)}.${(index % 250) + 1}`,
    );
    const facts = { resolved: many, ownNames: many.map((_, index) => `n${index}.lab`) };
    expect(namesOf(facts)).toHaveLength(64);
    expect(hostNames(facts).leftOut).toHaveLength(64);
  });

  it('refuses a name of the URI that cannot stand in a certificate', () => {
    expect(() => namesOf({ uriName: 'al pha' })).toThrow(/can stand in a certificate/);
  });
});

describe('addresses of network cards', () => {
  it('sets aside those of virtual networks and temporary ones', () => {
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
    const found = parseOwnAddresses(output).map(({ address, card, notForOthers }) =>
      [address, card, ...(notForOthers === undefined ? [] : ['set aside'])].join(' '),
    );
    expect(found).toEqual([
      '198.51.100.11 eth0',
      'fd76:6c61:6230::11 eth0',
      '2001:db8::77 eth0 set aside',
      '192.168.122.1 virbr0 set aside',
      '172.17.0.1 docker0 set aside',
      '172.18.0.1 br-0123456789ab set aside',
      '10.0.0.5 br0',
    ]);
  });
});

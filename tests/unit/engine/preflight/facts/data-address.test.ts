import { describe, expect, it } from 'vitest';
import { BadInputError } from '../../../../../electron/common/errors.ts';
import {
  chooseCandidate,
  formatMigrateUri,
  isLoopback,
  parseMigrateUri,
  type AddressCandidate,
} from '../../../../../electron/engine/preflight/facts/data-address.ts';

describe('a data address', () => {
  it.each<[string, string, number | undefined]>([
    ['tcp://beta.lab', 'beta.lab', undefined],
    ['tcp://beta.lab/', 'beta.lab', undefined],
    ['tcp://beta.lab:49200', 'beta.lab', 49_200],
    ['tcp:beta.lab:49200', 'beta.lab', 49_200],
    ['tcp://198.51.100.12', '198.51.100.12', undefined],
    ['tcp://[2001:db8::1]:49152', '2001:db8::1', 49_152],
  ])('%s', (uri, host, port) => {
    expect(parseMigrateUri(uri)).toEqual({ host, port });
  });

  it.each([
    '',
    'beta.lab',
    'tcp://',
    'tcp://beta.lab:0',
    'tcp://beta.lab:65536',
    'tcp://beta.lab:x',
    'tcp://beta.lab/path',
    'tcp://$(id)',
    'tcp://-o',
    'tcp://a b',
    'tcp://[::1',
    'tcp://[beta.lab]',
    'unix:///tmp/socket',
    'rdma://beta.lab',
  ])('is not %j', (uri) => {
    expect(() => parseMigrateUri(uri)).toThrow(BadInputError);
  });

  it('puts an IPv6 address in brackets', () => {
    expect(formatMigrateUri('2001:db8::1')).toBe('tcp://[2001:db8::1]');
    expect(formatMigrateUri('beta.lab')).toBe('tcp://beta.lab');
  });
});

describe('a loopback address', () => {
  it.each(['127.0.0.1', '127.0.1.1', '::1', '0.0.0.0', '::', '::ffff:127.0.0.1'])('is %s', (address) => {
    expect(isLoopback(address)).toBe(true);
  });

  it.each(['198.51.100.12', '2001:db8::1', 'fe80::1%eth0', '128.0.0.1'])('is not %s', (address) => {
    expect(isLoopback(address)).toBe(false);
  });
});

describe('the choice of a data address', () => {
  const candidate = (host: string, addresses: string[] | undefined, named?: boolean): AddressCandidate => ({
    host,
    because: 'test',
    addresses,
    named,
  });

  it.each<[string, AddressCandidate[], string | undefined]>([
    ['the first that resolves', [candidate('a', []), candidate('b', ['198.51.100.2'])], 'b'],
    ['never one that is loopback', [candidate('a', ['127.0.1.1']), candidate('b', ['198.51.100.2'])], 'b'],
    [
      'one that the certificate names, before others',
      [candidate('a', ['198.51.100.2'], false), candidate('b', ['198.51.100.2'], true)],
      'b',
    ],
    [
      'the first where the certificate names none',
      [candidate('a', ['198.51.100.2'], false), candidate('b', ['198.51.100.2'], false)],
      'a',
    ],
    ['the first where nothing can be asked', [candidate('a', undefined), candidate('b', undefined)], 'a'],
    [
      'the first where nothing resolves, so that this can be said',
      [candidate('a', []), candidate('b', [])],
      'a',
    ],
    ['nothing of nothing', [], undefined],
  ])('is %s', (_words, candidates, host) => {
    expect(chooseCandidate(candidates)?.host).toBe(host);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConf } from '../../../../../electron/common/libvirt-conf.ts';
import { isOnList, readDoor } from '../../../../../electron/engine/preflight/peer/daemon-door.ts';

describe('whom a daemon lets in', () => {
  const read = (text: string) => readDoor((key) => parseConf(text).get(key));

  test.each([
    ['', { verifiesClient: true, allowedNames: undefined, wantsSasl: false }],
    ['tls_no_verify_certificate = 1', { verifiesClient: false, allowedNames: undefined, wantsSasl: false }],
    [
      'auth_tls = "sasl"\ntls_allowed_dn_list = ["CN=a", "CN=b*"]',
      { verifiesClient: true, allowedNames: ['CN=a', 'CN=b*'], wantsSasl: true },
    ],
    ['tls_allowed_dn_list = []', { verifiesClient: true, allowedNames: [], wantsSasl: false }],
  ])('%j', (text, door) => expect(read(text)).toEqual(door));

  test.each([
    ['CN=alpha.lab', ['CN=alpha.lab'], true],
    ['CN=alpha.lab', ['CN=alpha'], false],
    ['CN=alphaxlab', ['CN=alpha.lab'], false],
    ['C=GB,O=Example,CN=host1', ['C=GB,*CN=host?'], true],
    ['CN=host12', ['CN=host?'], false],
    ['CN=a+b (c)', ['CN=a+b (c)'], true],
    ['CN=alpha.lab', [], false],
  ])('%s among %j: %s', (name, patterns, expected) => expect(isOnList(name, patterns)).toBe(expected));

  test('a name without wildcards is on the list exactly where it is written', () => {
    const plain = fc.string({ unit: 'binary' }).filter((text) => !/[*?]/.test(text) && text.isWellFormed());
    fc.assert(
      fc.property(plain, plain, (name, pattern) => {
        expect(isOnList(name, [pattern])).toBe(name === pattern);
      }),
    );
  });
});

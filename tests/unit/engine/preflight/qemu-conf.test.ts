import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ConfError,
  parseConf,
  readQemuSettings,
  tlsDirectory,
  verifiesClient,
} from '../../../../electron/engine/preflight/qemu-conf.ts';

describe('the configuration format', () => {
  it.each<[string, [string, string | number][]]>([
    ['', []],
    ['# a = 1\n\n  # b = 2', []],
    ['a = 1', [['a', 1]]],
    ['a=-1 # why', [['a', -1]]],
    ['  a  =  "x y"  # why', [['a', 'x y']]],
    ["a = 'x'", [['a', 'x']]],
    ['a = "#no comment"', [['a', '#no comment']]],
    ['a = ""', [['a', '']]],
    ['a = 1\na = 2', [['a', 2]]],
    ['a = """one\ntwo"""\nb = 1', [['a', 'one\ntwo'], ['b', 1]]], // prettier-ignore
    ['a = [ "x",\n  "y" ]\nb = 1', [['a', '"x",\n  "y"'], ['b', 1]]], // prettier-ignore
    ['a = 1\r\nb = 2\r\n', [['a', 1], ['b', 2]]], // prettier-ignore
  ])('%j', (text, expected) => {
    expect([...parseConf(text)]).toEqual(expected);
  });

  it.each(['a', 'a = ', '= 1', 'a = x', 'a = "open', 'a = "x" y', 'a = [ "x"', 'a = """x'])(
    'refuses %j with its line',
    (text) => {
      expect(() => parseConf(`# first\n${text}`)).toThrow(ConfError);
      expect(() => parseConf(`# first\n${text}`)).toThrow(/Line 2/);
    },
  );

  it('refuses a file that is far too long', () => {
    expect(() => parseConf('#'.repeat(300_000))).toThrow(ConfError);
  });

  it('reads back whatever is written in it', () => {
    const key = fc.stringMatching(/^[a-z_][a-z0-9_]{0,20}$/);
    const value = fc.oneof(fc.integer(), fc.stringMatching(/^[^"\n\r]{0,40}$/));
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value), { maxLength: 30 }), (pairs) => {
        const text = pairs
          .map(([name, set]) => `${name} = ${typeof set === 'number' ? set : `"${set}"`}`)
          .join('\n');
        expect(parseConf(text)).toEqual(new Map(pairs));
      }),
    );
  });

  it('ends in values or a ConfError for any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '=', '"', "'", '[', ']', '\n', ' ', '1', '#') }),
        (text) => {
          try {
            parseConf(text);
          } catch (error) {
            expect(error).toBeInstanceOf(ConfError);
          }
        },
      ),
    );
  });
});

describe('where QEMU looks for its certificates', () => {
  it.each<[string, boolean, string]>([
    ['', false, '/etc/pki/qemu'],
    ['', true, '/etc/pki/libvirt-migrate'],
    ['default_tls_x509_cert_dir = "/srv/tls"', false, '/srv/tls'],
    ['default_tls_x509_cert_dir = "/srv/tls"', true, '/etc/pki/libvirt-migrate'],
    ['migrate_tls_x509_cert_dir = "/srv/m"\ndefault_tls_x509_cert_dir = "/srv/tls"', true, '/srv/m'],
    ['migrate_tls_x509_cert_dir = ""', false, '/etc/pki/qemu'],
  ])('%j with a service directory: %s', (conf, exists, directory) => {
    expect(tlsDirectory(readQemuSettings(conf), exists).directory).toBe(directory);
  });
});

describe('whether the destination verifies the source', () => {
  it.each<[string, number, boolean]>([
    ['', 6_010_000, true],
    ['', 6_009_999, false],
    ['default_tls_x509_verify = 0', 9_000_000, false],
    ['default_tls_x509_verify = 1', 5_000_000, true],
    ['migrate_tls_x509_verify = 1\ndefault_tls_x509_verify = 0', 5_000_000, true],
    ['migrate_tls_x509_verify = 0', 9_000_000, false],
  ])('%j with libvirt %i: %s', (conf, version, expected) => {
    expect(verifiesClient(readQemuSettings(conf), version).verifies).toBe(expected);
  });
});

describe('the other settings', () => {
  it('have their defaults', () => {
    expect(readQemuSettings('')).toMatchObject({
      forcesTls: false,
      migrationHost: undefined,
      keySecretUuid: undefined,
      portMin: 49_152,
      portMax: 49_215,
    });
  });

  it('are read, and a port that is none is not believed', () => {
    const conf =
      'migrate_tls_force = 1\nmigration_host = "10.0.0.5"\nmigration_port_min = 50000\nmigration_port_max = 99999';
    expect(readQemuSettings(conf)).toMatchObject({
      forcesTls: true,
      migrationHost: '10.0.0.5',
      portMin: 50_000,
      portMax: 49_215,
    });
  });

  it('inherit the passphrase only while there is no directory of their own', () => {
    const secret = 'default_tls_x509_secret_uuid = "u"';
    expect(readQemuSettings(secret).keySecretUuid).toBe('u');
    expect(readQemuSettings(`${secret}\nmigrate_tls_x509_cert_dir = "/m"`).keySecretUuid).toBeUndefined();
  });
});

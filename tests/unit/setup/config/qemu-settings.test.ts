import { describe, expect, it } from 'vitest';
import {
  readQemuSettings,
  tlsDirectory,
  verifiesClient,
} from '../../../../electron/setup/config/qemu-settings.ts';

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

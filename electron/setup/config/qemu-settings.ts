import { parseConf } from '../../common/libvirt-conf.ts';

/** What `qemu.conf` says about migration; `undefined` where it is silent and a default applies. */
export interface QemuSettings {
  defaultTlsDirectory: string | undefined;
  migrateTlsDirectory: string | undefined;
  defaultTlsVerify: boolean | undefined;
  migrateTlsVerify: boolean | undefined;
  /** The key is encrypted, and libvirt holds its passphrase as this secret. */
  keySecretUuid: string | undefined;
  forcesTls: boolean;
  migrationHost: string | undefined;
  /** The program that carries user-mode networks. */
  slirpHelper: string;
  portMin: number;
  portMax: number;
}

/** Range that libvirt takes when qemu.conf is silent. */
export const defaultPortRange = { min: 49_152, max: 49_215 } as const;

/** @throws {ConfError} */
export function readQemuSettings(conf: string): QemuSettings {
  const values = parseConf(conf);
  const text = (key: string): string | undefined => {
    const value = values.get(key);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const flag = (key: string): boolean | undefined => {
    const value = values.get(key);
    return value === undefined ? undefined : Number(value) !== 0;
  };
  const port = (key: string, otherwise: number): number => {
    const value = values.get(key);
    return typeof value === 'number' && value > 0 && value <= 65_535 ? value : otherwise;
  };
  const migrateTlsDirectory = text('migrate_tls_x509_cert_dir');
  // The shared passphrase is inherited only while the service has no directory of its own.
  const inheritedSecret =
    migrateTlsDirectory === undefined ? text('default_tls_x509_secret_uuid') : undefined;
  return {
    defaultTlsDirectory: text('default_tls_x509_cert_dir'),
    migrateTlsDirectory,
    defaultTlsVerify: flag('default_tls_x509_verify'),
    migrateTlsVerify: flag('migrate_tls_x509_verify'),
    keySecretUuid: text('migrate_tls_x509_secret_uuid') ?? inheritedSecret,
    forcesTls: flag('migrate_tls_force') ?? false,
    migrationHost: text('migration_host'),
    slirpHelper: text('slirp_helper') ?? '/usr/bin/slirp-helper',
    portMin: port('migration_port_min', defaultPortRange.min),
    portMax: port('migration_port_max', defaultPortRange.max),
  };
}

/** Where QEMU looks for the certificates of migrations, and why there. */
export function tlsDirectory(
  settings: QemuSettings,
  serviceDirectoryExists: boolean,
): { directory: string; because: string } {
  if (settings.migrateTlsDirectory !== undefined) {
    return { directory: settings.migrateTlsDirectory, because: 'migrate_tls_x509_cert_dir in qemu.conf' };
  }
  if (serviceDirectoryExists)
    return { directory: migrateTlsDefault, because: 'it exists, and so is preferred' };
  if (settings.defaultTlsDirectory !== undefined) {
    return { directory: settings.defaultTlsDirectory, because: 'default_tls_x509_cert_dir in qemu.conf' };
  }
  return { directory: '/etc/pki/qemu', because: "libvirt's default" };
}

export const migrateTlsDefault = '/etc/pki/libvirt-migrate';

/** On by default since libvirt 6.10.0, off before. */
const verifyByDefaultSince = 6_010_000;

/** Whether a destination with these settings asks the source for a certificate, and what decides it. */
export function verifiesClient(
  settings: QemuSettings,
  libvirtVersion: number,
): { verifies: boolean; because: string } {
  if (settings.migrateTlsVerify !== undefined) {
    return { verifies: settings.migrateTlsVerify, because: 'migrate_tls_x509_verify in qemu.conf' };
  }
  if (settings.defaultTlsVerify !== undefined) {
    return { verifies: settings.defaultTlsVerify, because: 'default_tls_x509_verify in qemu.conf' };
  }
  return libvirtVersion >= verifyByDefaultSince
    ? { verifies: true, because: "libvirt's default since 6.10.0" }
    : { verifies: false, because: "libvirt's default before 6.10.0" };
}

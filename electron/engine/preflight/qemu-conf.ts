import { BadInputError } from '../../common/errors.ts';

/** Assignments of a libvirt configuration file; the last one of a key wins. Lists are kept as their text. */
export type ConfValues = ReadonlyMap<string, string | number>;

/** A line that libvirt would not accept either. Code `conf-invalid`. */
export class ConfError extends BadInputError {
  constructor(line: number, text: string) {
    super('conf-invalid', `Line ${line} of the configuration cannot be read: ${text.slice(0, 80)}`);
  }
}

const maxConfChars = 256 * 1024;
const assignment = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/s;

/**
 * Reads a file in libvirt's configuration format: `key = value` by line, `#` comments, strings in double, single
 * or triple double quotes (these may span lines), whole numbers, lists in brackets (these may, too).
 *
 * @throws {ConfError} a line is neither an assignment nor a comment, or the file is longer than 256 KiB.
 */
export function parseConf(text: string): ConfValues {
  if (text.length > maxConfChars) throw new ConfError(0, 'it is longer than 256 KiB');
  const values = new Map<string, string | number>();
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (/^\s*(#|$)/.test(line)) continue;
    const match = assignment.exec(line);
    if (match === null) throw new ConfError(index + 1, line);
    const [, key = '', first = ''] = match;
    const value = readValue(first, lines, index);
    values.set(key, value.value);
    index += value.extraLines;
  }
  return values;
}

interface ReadValue {
  value: string | number;
  /** Lines beyond the first that the value took. */
  extraLines: number;
}

function readValue(first: string, lines: readonly string[], index: number): ReadValue {
  if (first.startsWith('"""')) return readUntil('"""', first.slice(3), lines, index);
  if (first.startsWith('[')) return readUntil(']', first.slice(1), lines, index);
  const quoted = /^(?:"([^"]*)"|'([^']*)')\s*(?:#.*)?$/.exec(first);
  if (quoted !== null) return { value: quoted[1] ?? quoted[2] ?? '', extraLines: 0 };
  const number = /^(-?\d+)\s*(#.*)?$/.exec(first);
  if (number !== null) return { value: Number(number[1]), extraLines: 0 };
  throw new ConfError(index + 1, lines[index] ?? '');
}

function readUntil(end: string, first: string, lines: readonly string[], index: number): ReadValue {
  let text = first;
  for (let extraLines = 0; ; extraLines += 1) {
    const position = text.indexOf(end);
    if (position >= 0) return { value: text.slice(0, position).trim(), extraLines };
    const next = lines[index + extraLines + 1];
    if (next === undefined) throw new ConfError(index + 1, lines[index] ?? '');
    text += `\n${next}`;
  }
}

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

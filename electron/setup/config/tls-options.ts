/** QEMU's network services that can have certificates of their own (libvirt's qemu.conf). */
export const tlsServices = ['vnc', 'spice', 'chardev', 'vxhs', 'nbd', 'migrate', 'backup'] as const;
export type TlsService = (typeof tlsServices)[number];

export interface TlsOption {
  name: string;
  /** libvirt's version that brought it, as `major * 1,000,000 + minor * 1000 + micro`. */
  since: number;
  service: TlsService | 'default';
}

const option = (service: TlsOption['service'], rest: string, since: number): TlsOption => ({
  name: `${service}_tls${rest}`,
  since,
  service,
});

/** Every TLS option of qemu.conf up to libvirt 11.3, from `libvirtd_qemu.aug` and the release notes. */
export const tlsOptions: readonly TlsOption[] = [
  option('default', '_x509_cert_dir', 2_003_000),
  option('default', '_x509_verify', 2_003_000),
  option('default', '_x509_secret_uuid', 2_003_000),
  option('vnc', '', 0),
  option('vnc', '_x509_cert_dir', 0),
  option('vnc', '_x509_verify', 0),
  option('vnc', '_x509_secret_uuid', 5_001_000),
  option('spice', '', 0),
  option('spice', '_x509_cert_dir', 0),
  option('chardev', '', 2_003_000),
  option('chardev', '_x509_cert_dir', 2_003_000),
  option('chardev', '_x509_verify', 2_003_000),
  option('chardev', '_x509_secret_uuid', 2_004_000),
  option('vxhs', '', 3_009_000),
  option('vxhs', '_x509_cert_dir', 3_009_000),
  option('vxhs', '_x509_secret_uuid', 4_005_000),
  option('nbd', '', 4_005_000),
  option('nbd', '_x509_cert_dir', 4_005_000),
  option('nbd', '_x509_secret_uuid', 4_005_000),
  option('migrate', '_x509_cert_dir', 3_002_000),
  option('migrate', '_x509_verify', 3_002_000),
  option('migrate', '_x509_secret_uuid', 3_002_000),
  option('migrate', '_force', 6_010_000),
  option('backup', '_x509_cert_dir', 6_006_000),
  option('backup', '_x509_verify', 6_006_000),
  option('backup', '_x509_secret_uuid', 6_006_000),
];

export function hasTlsOption(name: string, libvirtVersion: number): boolean {
  return tlsOptions.some((known) => known.name === name && known.since <= libvirtVersion);
}

/** Where libvirt looks for a service's certificates before the default directory. */
export function serviceDirectory(service: TlsService): string {
  return `/etc/pki/libvirt-${service}`;
}

/** By AppArmor's rules for QEMU, which also name /etc/pki/qemu (`abstractions/libvirt-qemu`, also in 11.3.0). */
export const readableUnderAppArmor: readonly TlsService[] = ['vnc', 'spice'];

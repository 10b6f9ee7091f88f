const bytes: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  KB: 1e3,
  k: 1024,
  KiB: 1024,
  MB: 1e6,
  M: 1024 ** 2,
  MiB: 1024 ** 2,
  GB: 1e9,
  G: 1024 ** 3,
  GiB: 1024 ** 3,
  TB: 1e12,
  T: 1024 ** 4,
  TiB: 1024 ** 4,
};

/** Bytes in a unit of libvirt's (formatdomain, "Memory Allocation"); KiB where none is given. */
export function bytesPer(unit: string | undefined): number {
  return bytes[unit ?? 'KiB'] ?? 1024;
}

import type { TlsPurpose } from './facts/tls-tree.ts';

/** Which certificate a host plays its part with, in words. */
export const certificateWords: Readonly<Record<TlsPurpose, string>> = {
  server: 'QEMU server certificate',
  client: 'QEMU client certificate',
};

/** The same of libvirt's daemons, where the source's goes to the destination's. */
export const daemonCertificateWords: Readonly<Record<TlsPurpose, string>> = {
  server: 'libvirt server certificate',
  client: 'libvirt client certificate',
};

export const purposeOf: Readonly<Record<'source' | 'destination', TlsPurpose>> = {
  source: 'client',
  destination: 'server',
};

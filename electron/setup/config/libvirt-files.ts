/** Certificates of libvirt itself on a host: of its daemon, and of its clients that run as root. */
export const libvirtFiles = {
  authority: '/etc/pki/CA/cacert.pem',
  revocations: '/etc/pki/CA/cacrl.pem',
  server: { certificate: '/etc/pki/libvirt/servercert.pem', key: '/etc/pki/libvirt/private/serverkey.pem' },
  client: { certificate: '/etc/pki/libvirt/clientcert.pem', key: '/etc/pki/libvirt/private/clientkey.pem' },
} as const;

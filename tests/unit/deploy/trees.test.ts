import { expect, it } from 'vitest';
import { treesOf } from '../../../electron/deploy/trees.ts';

it('names every file with its final owner and mode, each key before its certificate', () => {
  const { folders, authorities, revocations, places } = treesOf('/etc/pki/qemu', 64_055);
  const rows = [
    ...folders,
    ...authorities,
    ...revocations,
    ...places.flatMap(({ key, certificate }) => [key, certificate]),
  ].map(({ path, mode, gid }) => `${mode.toString(8)} ${gid} ${path}`);
  expect(rows).toEqual([
    '755 0 /etc/pki',
    '755 0 /etc/pki/CA',
    '755 0 /etc/pki/libvirt',
    '750 0 /etc/pki/libvirt/private',
    '750 64055 /etc/pki/qemu',
    '644 0 /etc/pki/CA/cacert.pem',
    '644 0 /etc/pki/qemu/ca-cert.pem',
    '644 0 /etc/pki/CA/cacrl.pem',
    '644 0 /etc/pki/qemu/ca-crl.pem',
    '600 0 /etc/pki/libvirt/private/serverkey.pem',
    '644 0 /etc/pki/libvirt/servercert.pem',
    '600 0 /etc/pki/libvirt/private/clientkey.pem',
    '644 0 /etc/pki/libvirt/clientcert.pem',
    '640 64055 /etc/pki/qemu/server-key.pem',
    '644 0 /etc/pki/qemu/server-cert.pem',
    '640 64055 /etc/pki/qemu/client-key.pem',
    '644 0 /etc/pki/qemu/client-cert.pem',
  ]);
});

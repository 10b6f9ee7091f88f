import type { ConfValues } from '../../common/libvirt-conf.ts';
import type { HostProbe } from './host-probe.ts';

/** Files without which a service does not start or work, and which of them are not there. */
export interface CertificateFiles {
  /** What the daemon reads to listen for TLS. */
  daemon: { paths: string[]; missing: string[] };
  /** What QEMU reads for migrations, in this folder. */
  qemu: { directory: string; exists: boolean; missing: string[] };
  /** Folders for single services of QEMU that exist. */
  directories: string[];
}

/** libvirt's defaults; the three can only be changed together (libvirtd.conf). */
export function daemonCertificatePaths(conf: ConfValues): string[] {
  const path = (key: string, otherwise: string): string => {
    const value = conf.get(key);
    return typeof value === 'string' && value.startsWith('/') ? value : otherwise;
  };
  return [
    path('ca_file', '/etc/pki/CA/cacert.pem'),
    path('cert_file', '/etc/pki/libvirt/servercert.pem'),
    path('key_file', '/etc/pki/libvirt/private/serverkey.pem'),
  ];
}

const qemuFiles = ['ca-cert.pem', 'server-cert.pem', 'server-key.pem', 'client-cert.pem', 'client-key.pem'];

export async function loadCertificateFiles(
  probe: HostProbe,
  daemonConf: ConfValues,
  qemuDirectory: string,
  directories: readonly string[],
): Promise<CertificateFiles> {
  const daemon = daemonCertificatePaths(daemonConf);
  const qemu = qemuFiles.map((file) => `${qemuDirectory}/${file}`);
  const asked = [...daemon, qemuDirectory, ...qemu, ...directories];
  const { output } = await probe.askAsRoot(['stat', '-L', '-c', '%n', '--', ...asked]);
  const there = new Set(output.split('\n'));
  const missing = (paths: readonly string[]): string[] => paths.filter((path) => !there.has(path));
  return {
    daemon: { paths: daemon, missing: missing(daemon) },
    qemu: { directory: qemuDirectory, exists: there.has(qemuDirectory), missing: missing(qemu) },
    directories: directories.filter((path) => there.has(path)),
  };
}

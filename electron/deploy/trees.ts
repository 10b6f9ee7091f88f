import { libvirtFiles } from '../setup/config/libvirt-files.ts';
import type { Purpose } from '../pki/inspect-usage.ts';
import type { CertificateUser } from '../pki/ledger-entries.ts';

/** What a file of a tree holds. */
export type Part = 'authority' | 'revocations' | 'key' | 'certificate';

export interface TreeFile {
  tree: CertificateUser;
  part: Part;
  /** Whose key or certificate it is. */
  purpose: Purpose | undefined;
  path: string;
  mode: number;
  gid: number;
}

export interface TreeFolder {
  path: string;
  mode: number;
  gid: number;
}

/** Where a tree's server or client has its key and certificate. */
export interface Place {
  tree: CertificateUser;
  purpose: Purpose;
  key: TreeFile;
  certificate: TreeFile;
}

/** The two trees of one host. */
export interface Trees {
  folders: TreeFolder[];
  authorities: TreeFile[];
  revocations: TreeFile[];
  /** In the order in which they are replaced: each key next to its certificate. */
  places: Place[];
}

export function qemuFiles(directory: string) {
  return {
    authority: `${directory}/ca-cert.pem`,
    revocations: `${directory}/ca-crl.pem`,
    server: { certificate: `${directory}/server-cert.pem`, key: `${directory}/server-key.pem` },
    client: { certificate: `${directory}/client-cert.pem`, key: `${directory}/client-key.pem` },
  };
}

const rootGid = 0;

/**
 * The files of both trees with their final owners and modes. libvirt reads its own as root; QEMU reads its own after
 * it has dropped root, so its keys belong to its group (libvirt's src/qemu/qemu.conf, `default_tls_x509_cert_dir`).
 */
export function treesOf(qemuDirectory: string, qemuGid: number): Trees {
  const parts = [
    { tree: 'libvirt', files: libvirtFiles, keyMode: 0o600, gid: rootGid },
    { tree: 'qemu', files: qemuFiles(qemuDirectory), keyMode: 0o640, gid: qemuGid },
  ] as const;
  const publicFile = (tree: CertificateUser, part: Part, path: string, purpose?: Purpose): TreeFile => ({
    tree,
    part,
    purpose,
    path,
    mode: 0o644,
    gid: rootGid,
  });
  return {
    folders: [
      { path: '/etc/pki', mode: 0o755, gid: rootGid },
      { path: '/etc/pki/CA', mode: 0o755, gid: rootGid },
      { path: '/etc/pki/libvirt', mode: 0o755, gid: rootGid },
      { path: '/etc/pki/libvirt/private', mode: 0o750, gid: rootGid },
      { path: qemuDirectory, mode: 0o750, gid: qemuGid },
    ],
    authorities: parts.map(({ tree, files }) => publicFile(tree, 'authority', files.authority)),
    revocations: parts.map(({ tree, files }) => publicFile(tree, 'revocations', files.revocations)),
    places: parts.flatMap(({ tree, files, keyMode, gid }) =>
      (['server', 'client'] as const).map((purpose) => ({
        tree,
        purpose,
        key: { tree, part: 'key' as const, purpose, path: files[purpose].key, mode: keyMode, gid },
        certificate: publicFile(tree, 'certificate', files[purpose].certificate, purpose),
      })),
    ),
  };
}

/** Every file of both trees, each key before its certificate. */
export function filesOf({ authorities, revocations, places }: Trees): TreeFile[] {
  return [...authorities, ...revocations, ...places.flatMap(({ key, certificate }) => [key, certificate])];
}

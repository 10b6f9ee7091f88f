import type { HostUser, OwnerAndMode } from '../../../../electron/engine/preflight/facts/file-access.ts';
import type { PublicTlsFile, TlsTree } from '../../../../electron/engine/preflight/facts/tls-tree.ts';
import { webcrypto } from 'node:crypto';
import type { Issued } from '../../pki/certificates.ts';

export const qemuUser: HostUser = { name: 'libvirt-qemu', uid: 64_055, gids: [64_055] };

export function ownerAndMode(path: string, mode: number, kind: 'file' | 'directory' = 'file'): OwnerAndMode {
  return { path, kind, uid: 0, gid: 64_055, mode, sizeBytes: 1 };
}

async function publicKeyOf({ keys }: Issued): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('spki', keys.publicKey)).toString('base64');
  return `-----BEGIN PUBLIC KEY-----\n${der}\n-----END PUBLIC KEY-----\n`;
}

/** QEMU's tree on a host, as it should be; `changes` break a part of it. */
export async function tlsTree(
  role: 'server' | 'client',
  ca: Issued,
  leaf: Issued,
  changes: Partial<TlsTree> = {},
): Promise<TlsTree> {
  const directory = '/etc/pki/qemu';
  const publicFile = (name: string, pem: string): PublicTlsFile => ({
    path: `${directory}/${name}`,
    stat: ownerAndMode(`${directory}/${name}`, 0o644),
    content: { pem },
  });
  const keyPath = `${directory}/${role}-key.pem`;
  return {
    directory,
    because: "libvirt's default",
    ca: publicFile('ca-cert.pem', ca.pem),
    certificate: publicFile(`${role}-cert.pem`, leaf.pem),
    key: { path: keyPath, stat: ownerAndMode(keyPath, 0o640) },
    revocations: { path: `${directory}/ca-crl.pem`, stat: undefined, content: undefined },
    selinuxTypes: new Map(),
    directories: [ownerAndMode('/', 0o755, 'directory'), ownerAndMode(directory, 0o750, 'directory')],
    qemuUser,
    keysPublicHalf: { output: await publicKeyOf(leaf) },
    ...changes,
  };
}

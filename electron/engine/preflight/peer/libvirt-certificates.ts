import type { HostShell } from '../../../hosts/host-access.ts';
import { libvirtFiles } from '../../../setup/config/libvirt-files.ts';
import { FactUnavailableError } from '../errors.ts';
import type { ToolOptions } from '../facts/shell-tools.ts';
import { readPublicFile, type TlsPurpose } from '../facts/tls-tree.ts';

/** The public files of libvirt itself on a host, as PEM. */
export interface LibvirtCertificates {
  authority: string;
  certificate: string;
}

/** @throws {FactUnavailableError} `not-readable` where one is missing or cannot be read */
export async function loadLibvirtCertificates(
  shell: HostShell,
  host: string,
  purpose: TlsPurpose,
  options: ToolOptions,
): Promise<LibvirtCertificates> {
  const read = async (path: string): Promise<string> => {
    const content = await readPublicFile(shell, host, path, options);
    if (content !== undefined && 'pem' in content) return content.pem;
    const why = content === undefined ? 'is not there' : 'cannot be read';
    throw new FactUnavailableError(
      'not-readable',
      `${path} on ${host} ${why}.`,
      `Install libvirt’s certificates on ${host}: viaduct pki deploy`,
    );
  };
  const [authority, certificate] = await Promise.all([
    read(libvirtFiles.authority),
    read(libvirtFiles[purpose].certificate),
  ]);
  return { authority, certificate };
}

import { dirname } from 'node:path/posix';

/**
 * Which daemon is behind a socket of a host, as "libvirtd" or "virtqemud (modular)"; `undefined` where that cannot be
 * told. `libvirt-sock` is libvirtd's, and where daemons are modular virtproxyd's: then the driver's own daemon has its
 * socket beside it (docs/daemons.rst of libvirt), by which virtproxyd itself finds it.
 *
 * @param isSocket asks the host
 */
export async function daemonInWords(
  socket: string | undefined,
  driver: string,
  isSocket: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  const [, name] = /\/(libvirt|virt[a-z]+d)-sock(?:-ro)?$/.exec(socket ?? '') ?? [];
  if (socket === undefined || name === undefined) return undefined;
  if (name !== 'libvirt') return `${name} (modular)`;
  return (await isSocket(`${dirname(socket)}/virt${driver}d-sock`)) ? 'virtproxyd (modular)' : 'libvirtd';
}

import type { ParsedUri } from '../uri.ts';

const systemFolder = '/run/libvirt';

/** Whether the guests of one user are meant, whose daemon has its socket in a folder of that user. */
export function isSession(uri: ParsedUri): boolean {
  return uri.path === '/session';
}

/**
 * Where the daemon's socket may be on a host, in the order to try: `libvirt-sock` of libvirtd or virtproxyd, else that
 * of the modular daemon of the driver (docs/daemons.rst of libvirt). A user's own daemon has no read-only socket.
 *
 * @param userFolder the user's folder for such sockets, as `/run/user/1000`; without it those of a session are unknown
 */
export function socketPaths(
  uri: ParsedUri,
  readOnly: boolean,
  userFolder: string | undefined,
): readonly string[] {
  const { mode, socket } = uri.parameters;
  if (socket !== undefined) return [socket];
  const session = isSession(uri);
  if (session && userFolder === undefined) return [];
  const folder = session ? `${userFolder ?? ''}/libvirt` : systemFolder;
  const suffix = readOnly && !session ? '-ro' : '';
  const legacy = `${folder}/libvirt-sock${suffix}`;
  const direct = `${folder}/virt${uri.driver}d-sock${suffix}`;
  if (mode === 'legacy') return [legacy];
  if (mode === 'direct') return [direct];
  return [legacy, direct];
}

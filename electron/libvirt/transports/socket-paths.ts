import type { ParsedUri } from '../uri.ts';

export interface SocketChoice {
  /** Paths to try, in this order. */
  readonly paths: readonly string[];
  /** Whether the guests of one user are meant, whose socket has no fixed place. */
  readonly session: boolean;
}

const systemFolder = '/run/libvirt';

/**
 * Where the daemon's socket may be on a host: `libvirt-sock` of libvirtd or virtproxyd, else that of the modular
 * daemon of the driver (docs/daemons.rst of libvirt).
 */
export function socketChoice(uri: ParsedUri, readOnly: boolean): SocketChoice {
  const { mode, socket } = uri.parameters;
  const session = uri.path === '/session';
  if (socket !== undefined) return { paths: [socket], session };
  if (session) return { paths: [], session };
  const suffix = readOnly ? '-ro' : '';
  const legacy = `${systemFolder}/libvirt-sock${suffix}`;
  const direct = `${systemFolder}/virt${uri.driver}d-sock${suffix}`;
  if (mode === 'legacy') return { paths: [legacy], session };
  if (mode === 'direct') return { paths: [direct], session };
  return { paths: [legacy, direct], session };
}

import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { ByteStream } from '../../common/byte-stream.ts';
import { untilReady, type ConnectOptions } from './connect-socket.ts';
import type { ParsedUri } from '../uri.ts';
import { socketChoice } from './socket-paths.ts';
import { SocketStream } from './socket-stream.ts';
import { TransportError } from './transport-errors.ts';

/** Connects to a libvirt daemon's socket on this machine. @throws {TransportError} */
export async function openUnixStream(path: string, options: ConnectOptions = {}): Promise<ByteStream> {
  const socket = connect({ path });
  const stream = new SocketStream(socket);
  await untilReady(socket, 'connect', `The socket ${path}`, (error) => unreachable(path, error), options);
  return stream;
}

/** The local daemon of a connect URI, at the first of its possible sockets that answers. @throws {TransportError} */
export async function openUnixTransport(uri: ParsedUri, signal?: AbortSignal): Promise<ByteStream> {
  const { paths, session } = socketChoice(uri, false);
  const candidates = session && paths.length === 0 ? sessionPaths(uri.driver) : paths;
  const failures: Error[] = [];
  for (const path of candidates) {
    try {
      return await openUnixStream(path, { signal });
    } catch (error) {
      if (!(error instanceof TransportError) || error.code !== 'transport-unreachable') throw error;
      failures.push(error);
    }
  }
  throw failures[0] ?? new TransportError('transport-unreachable', 'There is no socket to connect to.');
}

function sessionPaths(driver: string): readonly string[] {
  const folder = process.env['XDG_RUNTIME_DIR'] ?? join(homedir(), '.cache');
  return ['libvirt-sock', `virt${driver}d-sock`].map((name) => join(folder, 'libvirt', name));
}

function unreachable(path: string, cause: Error): TransportError {
  const code = 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return new TransportError('transport-unreachable', `No libvirt daemon listens on ${path}.`, {
      cause,
      remedy:
        'Start libvirtd or virtqemud, or name its socket with the parameter "socket" of the connect URI.',
    });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new TransportError('transport-unreachable', `This user may not connect to ${path}.`, {
      cause,
      remedy: 'Add the user to the group libvirt, or connect as another user.',
    });
  }
  return new TransportError('transport-unreachable', `${path} cannot be connected to: ${cause.message}.`, {
    cause,
  });
}

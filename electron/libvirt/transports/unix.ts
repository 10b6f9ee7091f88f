import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { ByteStream } from '../../common/byte-stream.ts';
import { untilReady, type ConnectOptions } from './connect-socket.ts';
import type { ParsedUri } from '../uri.ts';
import { socketPaths } from './socket-paths.ts';
import { SocketStream } from './socket-stream.ts';
import { TransportError } from './transport-errors.ts';

/** Connects to a libvirt daemon's socket on this machine. @throws {TransportError} */
export async function openUnixStream(path: string, options: ConnectOptions = {}): Promise<ByteStream> {
  const socket = connect({ path });
  const stream = new SocketStream(socket);
  await untilReady(socket, 'connect', `The socket ${path}`, (error) => unreachable(path, error), options);
  return stream;
}

export interface LocalDaemonOptions {
  readonly readOnly?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told which socket it was. */
  readonly onSocket?: ((path: string) => void) | undefined;
}

/** The local daemon of a connect URI, at the first of its possible sockets that answers. @throws {TransportError} */
export async function openUnixTransport(
  uri: ParsedUri,
  options: LocalDaemonOptions = {},
): Promise<ByteStream> {
  const { readOnly = false, signal, onSocket } = options;
  const failures: Error[] = [];
  for (const path of socketPaths(uri, readOnly, userFolder())) {
    try {
      const stream = await openUnixStream(path, { signal });
      onSocket?.(path);
      return stream;
    } catch (error) {
      if (!(error instanceof TransportError) || error.code !== 'transport-unreachable') throw error;
      failures.push(error);
    }
  }
  throw failures[0] ?? new TransportError('transport-unreachable', 'There is no socket to connect to.');
}

/** As `g_get_user_runtime_dir` has it, which libvirt asks. */
function userFolder(): string {
  const { XDG_RUNTIME_DIR, XDG_CACHE_HOME } = process.env;
  return XDG_RUNTIME_DIR || XDG_CACHE_HOME || join(homedir(), '.cache');
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

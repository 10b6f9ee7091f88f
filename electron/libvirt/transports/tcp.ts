import { connect } from 'node:net';

import type { ByteStream } from '../../common/byte-stream.ts';
import { defaultPorts, type ParsedUri } from '../uri.ts';
import { untilReady, type ConnectOptions } from './connect-socket.ts';
import { placeOf, unreachableBecause } from './network-failures.ts';
import { SocketStream } from './socket-stream.ts';
import { TransportError } from './transport-errors.ts';

export interface TcpStreamOptions extends ConnectOptions {
  readonly server: string;
  readonly port?: number | undefined;
}

/** Connects to a daemon's plain TCP port; nothing is encrypted unless the login adds it. @throws {TransportError} */
export async function openTcpStream(options: TcpStreamOptions): Promise<ByteStream> {
  const { server: host, port = defaultPorts.tcp } = options;
  const where = placeOf(host, port);
  const socket = connect({ host, port, noDelay: true });
  const stream = new SocketStream(socket);
  await untilReady(socket, 'connect', where, (error) => explain(where, error), options);
  return stream;
}

/** The tcp transport of a connect URI. @throws {TransportError} */
export function openTcpTransport(uri: ParsedUri, signal?: AbortSignal): Promise<ByteStream> {
  const { server = 'localhost', port } = uri;
  return openTcpStream({ server, port, signal });
}

function explain(where: string, cause: Error): TransportError {
  return new TransportError(
    'transport-unreachable',
    `${where} cannot be reached: ${unreachableBecause(cause) ?? cause.message}.`,
    {
      cause,
      remedy:
        'Check the address, and on the host that libvirtd-tcp.socket (or virtproxyd-tcp.socket) is active.',
    },
  );
}

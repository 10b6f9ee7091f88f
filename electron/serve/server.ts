import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Backend } from '../ipc/backend.ts';
import {
  closeCodes,
  frameLimitBytes,
  sessionProtocol,
  socketPath,
  tokenFragment,
  tokenProtocol,
} from '../ipc/browser-wire.ts';
import { AccessKeys } from './access-keys.ts';
import { ClientConnection, defaultClientLimits, type ClientLimits } from './client-connection.ts';
import { writeFrame } from './frames.ts';
import { answerHttp } from './http-requests.ts';

export interface ServeOptions {
  backend: Backend;
  /** 0 lets the system pick one. */
  port: number;
  /** The folder of the built screen. */
  rendererDir: string;
  limits?: Partial<ClientLimits>;
}

export interface RunningServer {
  port: number;
  /** The address to open, good for one use: its fragment is a token that the first page spends. */
  url: string;
  /** A new one-time address, for another browser or a closed tab; one that has not been used is void. */
  freshUrl(): string;
  /** Closes every page's socket and stops listening. The backend is left to its owner. */
  close(): Promise<void>;
}

/** The only address it ever listens on. */
const loopback = '127.0.0.1';

/** How long a page may take to answer the closing of its socket. */
const closeDeadlineMs = 1000;

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Why an upgrade is refused before any WebSocket exists, or `undefined` where it may go on. */
function upgradeRefusal(request: IncomingMessage, { host, origin }: URL): string | undefined {
  if (request.headers.host !== host) return '421 Misdirected Request';
  if (request.headers.origin !== origin) return '403 Forbidden';
  if (request.url !== socketPath) return '404 Not Found';
  return undefined;
}

function admit(socket: WebSocket, keys: AccessKeys, options: ServeOptions): void {
  // A broken socket is followed by its close event, which is where the connection ends.
  socket.on('error', () => undefined);
  const limits = { ...defaultClientLimits, ...options.limits };
  if (socket.protocol.startsWith(tokenProtocol)) {
    const session = keys.spendToken(socket.protocol.slice(tokenProtocol.length));
    if (session !== undefined) {
      socket.send(writeFrame({ session }));
      new ClientConnection(socket, options.backend, limits);
      return;
    }
  } else if (socket.protocol.startsWith(sessionProtocol)) {
    if (keys.hasSession(socket.protocol.slice(sessionProtocol.length))) {
      new ClientConnection(socket, options.backend, limits);
      return;
    }
  }
  socket.close(closeCodes.unauthorised, 'This address has been used or is not known.');
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, loopback, resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function closeAll(server: Server, sockets: WebSocketServer): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  for (const client of sockets.clients) client.close(1001, 'Viaduct ends.');
  server.closeAllConnections();
  const deadline = setTimeout(() => {
    for (const client of sockets.clients) client.terminate();
  }, closeDeadlineMs);
  await closed;
  clearTimeout(deadline);
}

/**
 * Serves the screen and the contract to browsers on this machine.
 *
 * @throws the system's error where the port cannot be had (`EADDRINUSE`, `EACCES`).
 */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  const keys = new AccessKeys();
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 10_000 });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: frameLimitBytes,
    // A browser fails the connection unless one of its offers is taken.
    handleProtocols: (protocols) => [...protocols][0] ?? false,
  });

  const port = await listen(server, options.port);
  const address = new URL(`http://${loopback}:${port}`);
  server.on('request', (request, response) => {
    void answerHttp(request, response, address.host, options.rendererDir);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = upgradeRefusal(request, address);
    if (refusal !== undefined) refuseUpgrade(socket, refusal);
    else sockets.handleUpgrade(request, socket, head, (client) => admit(client, keys, options));
  });

  const freshUrl = (): string => `${address.origin}/${tokenFragment}${keys.issueToken()}`;
  return { port, url: freshUrl(), freshUrl, close: () => closeAll(server, sockets) };
}

import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { messageOf, ViaductError } from '../../common/errors.ts';
import { makeLocalFolder } from './local-folder.ts';
import type { RelayEnd, SocketOwner } from './relay-end.ts';

const tripDeadlineMs = 10_000;

/**
 * Opens a host's end for real, sends a byte to the host and back through a socket there, and removes it all again. So
 * login, rights, folder and both ways of forwarding are known to work.
 *
 * @throws ViaductError `relay.*`
 */
export async function tryRelayEnd(end: RelayEnd, owner: SocketOwner, signal?: AbortSignal): Promise<void> {
  await using cleaning = new AsyncDisposableStack();
  const local = await makeLocalFolder();
  cleaning.defer(() => local.remove());
  const entrance = join(local.path, 'in');
  const exit = join(local.path, 'out');
  const echo = await listen(exit);
  cleaning.defer(() => {
    echo.close();
  });
  const open = await end.open(
    {
      owner,
      sockets: () => [
        { name: 'trial', local: exit, way: 'listen' },
        { name: 'trial', local: entrance, way: 'connect' },
      ],
    },
    signal,
  );
  cleaning.defer(() => open.close());
  await roundTrip(entrance);
}

async function listen(path: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  server.listen(path);
  await once(server, 'listening');
  return server;
}

async function roundTrip(path: string): Promise<void> {
  const socket = connect(path);
  try {
    socket.write('1');
    const signal = AbortSignal.timeout(tripDeadlineMs);
    const ended = once(socket, 'end', { signal }).then(() => {
      throw new Error('the server closed the channel');
    });
    await Promise.race([once(socket, 'data', { signal }), ended]);
  } catch (cause) {
    throw new ViaductError(
      'relay.forwarding',
      `The SSH server does not carry bytes through a unix socket: ${messageOf(cause)}.`,
      { cause, remedy: 'Set AllowStreamLocalForwarding yes in its sshd_config, and reload sshd.' },
    );
  } finally {
    socket.destroy();
  }
}

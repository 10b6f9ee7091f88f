import { createServer, type AddressInfo } from 'node:net';

import { describe, expect, it } from 'vitest';

import { LibvirtClient } from '../../../../electron/libvirt/client.ts';
import { SocketStream } from '../../../../electron/libvirt/transports/socket-stream.ts';
import { openTcpTransport } from '../../../../electron/libvirt/transports/tcp.ts';
import { parseConnectUri } from '../../../../electron/libvirt/uri.ts';
import { FakeDaemon } from '../../../fakes/libvirt-daemon.ts';

describe('the tcp transport', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
    ['127.0.0.1', 'localhost'],
  ])('reaches a daemon that listens on %s as %s', async (address, written) => {
    const server = createServer((peer) => new FakeDaemon(new SocketStream(peer)));
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    const { port } = server.address() as AddressInfo;
    const uri = parseConnectUri(`qemu+tcp://${written}:${port}/system`);
    const client = await LibvirtClient.open(await openTcpTransport(uri), { name: uri.remoteName });
    await client.close();
    expect(await client.closed).toBeUndefined();
    await new Promise((resolve) => server.close(resolve));
    await expect(openTcpTransport(uri)).rejects.toMatchObject({
      code: 'transport-unreachable',
      message: `${written}:${port} cannot be reached: nothing listens there.`,
      remedy: expect.stringContaining('libvirtd-tcp.socket') as string,
    });
  });
});

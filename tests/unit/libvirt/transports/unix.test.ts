import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { LibvirtClient } from '../../../../electron/libvirt/client.ts';
import { hostname } from '../../../../electron/libvirt/host.ts';
import { procedures } from '../../../../electron/libvirt/protocol/procedures.ts';
import { openUnixTransport } from '../../../../electron/libvirt/transports/unix.ts';
import { parseConnectUri } from '../../../../electron/libvirt/uri.ts';
import { serveFakeDaemon, type FakeDaemon } from '../../../fakes/libvirt-daemon.ts';

let folder: string;
let server: Server | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'viaduct-unix-'));
});

afterEach(async () => {
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
  rmSync(folder, { recursive: true });
});

const uriOf = (path: string) => parseConnectUri(`qemu:///system?socket=${path}`);

describe('the unix transport', () => {
  it('carries the protocol over the socket that the URI names', async () => {
    const path = join(folder, 'sock');
    server = await serveFakeDaemon(path, (daemon) =>
      daemon.answer(procedures.connectGetHostname, () => ({ hostname: 'alpha.lab' })),
    );
    const client = await LibvirtClient.open(await openUnixTransport(uriOf(path)), { name: 'qemu:///system' });
    expect(await hostname(client)).toBe('alpha.lab');
    await client.close();
    expect(await client.closed).toBeUndefined();
  });

  it('loses the connection when the daemon goes away', async () => {
    const path = join(folder, 'sock');
    const daemons: FakeDaemon[] = [];
    server = await serveFakeDaemon(path, (daemon) => daemons.push(daemon));
    const client = await LibvirtClient.open(await openUnixTransport(uriOf(path)), { name: 'qemu:///system' });
    daemons[0]?.close();
    expect(await client.closed).toMatchObject({ code: 'connection-lost' });
  });

  it('names the socket where no daemon listens', async () => {
    const path = join(folder, 'absent');
    await expect(openUnixTransport(uriOf(path))).rejects.toMatchObject({
      code: 'transport-unreachable',
      message: `No libvirt daemon listens on ${path}.`,
    });
  });

  it('stops when the caller says so', async () => {
    const opening = openUnixTransport(uriOf(join(folder, 'absent')), { signal: AbortSignal.abort() });
    await expect(opening).rejects.toMatchObject({ code: 'transport-cancelled' });
  });
});

import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { HostShell } from '../../../../../electron/hosts/host-access.ts';
import { probePortRange, samplePorts } from '../../../../../electron/engine/preflight/facts/port-probe.ts';
import { localShell } from '../local-shell.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(onConnection: () => void = () => undefined): Promise<number> {
  const server = createServer((socket) => {
    onConnection();
    socket.destroy();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return (server.address() as AddressInfo).port;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const port = await listen();
  await new Promise((resolve) => servers.pop()?.close(resolve));
  return port;
}

const shell = localShell();
const options = { signal: new AbortController().signal };
const here = { source: shell, destination: shell, host: '127.0.0.1' };

describe('the ports that are tried', () => {
  it('are one at each end of the range', () => {
    expect(samplePorts({ min: 49_152, max: 49_215 }, false)).toEqual([
      [49_152, 49_153, 49_154, 49_155],
      [49_215, 49_214, 49_213, 49_212],
    ]);
  });

  it('leave the bottom alone while a guest is arriving', () => {
    expect(samplePorts({ min: 49_152, max: 49_215 }, true)).toEqual([[49_215, 49_214, 49_213, 49_212]]);
  });

  it('are the only one where there is one', () => {
    expect(samplePorts({ min: 50_000, max: 50_000 }, false)).toEqual([[50_000]]);
    expect(samplePorts({ min: 50_000, max: 50_000 }, true)).toEqual([[50_000]]);
  });
});

describe('trying a port', () => {
  it('finds the way open', async () => {
    const port = await freePort();
    expect(await probePortRange(here, [[port]], options)).toMatchObject([{ port, outcome: 'open' }]);
  });

  it('never connects to a listener that is not its own, and takes the next port', async () => {
    let connections = 0;
    const taken = await listen(() => (connections += 1));
    const next = await freePort();
    expect(await probePortRange(here, [[taken, next]], options)).toMatchObject([
      { port: next, outcome: 'open' },
    ]);
    expect(await probePortRange(here, [[taken]], options)).toMatchObject([
      { port: taken, outcome: 'no-listener' },
    ]);
    expect(connections).toBe(0);
  });

  it('says that it could not listen where there is nothing to listen with', async () => {
    const way = { ...here, destination: localShell(['bash']) };
    expect(await probePortRange(way, [[50_000]], options)).toMatchObject([{ outcome: 'no-listener' }]);
  });

  it.each<[number, string, string]>([
    [1, 'bash: connect: Connection refused\nbash: /dev/tcp/h/1: Connection refused', 'rejected'],
    [1, 'bash: connect: No route to host', 'no-route'],
    [1, 'bash: connect: Network is unreachable', 'no-route'],
    [1, 'bash: connect: Connection timed out', 'filtered'],
    [124, '', 'filtered'],
  ])('reads exit %i with %j as %s', async (code, stderr, outcome) => {
    const port = 50_000;
    const answering = (answer: { code: number; stdout: string; stderr: string }): HostShell => ({
      exec: () => Promise.resolve({ ...answer, stdout: new TextEncoder().encode(answer.stdout) }),
    });
    const source = answering({ code, stdout: '', stderr });
    const destination = answering({ code: 0, stdout: `listening ${port}\n`, stderr: '' });
    const way = { source, destination, host: 'beta.lab' };
    expect(await probePortRange(way, [[port]], options)).toMatchObject([{ port, outcome }]);
  });
});

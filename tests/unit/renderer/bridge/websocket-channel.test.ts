import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse, stringify } from 'devalue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws';
import { closeCodes } from '../../../../electron/ipc/browser-wire.ts';
import { WebSocketChannel } from '../../../../renderer/bridge/websocket-channel.ts';
import { eventually } from '../../eventually.ts';

/** A server that speaks the wire and is told by each test what to say. */
const http = createServer();
const sockets = new WebSocketServer({
  noServer: true,
  handleProtocols: (protocols) => [...protocols][0] ?? false,
});
http.on('upgrade', (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request));
});

let channel: WebSocketChannel | undefined;
let url = '';

beforeEach(async () => {
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/channel`;
});

afterEach(async () => {
  channel?.close();
  for (const client of sockets.clients) client.terminate();
  sockets.removeAllListeners('connection');
  await new Promise((resolve) => http.close(resolve));
});

function open(over: { keepSession?: (secret: string) => void; onRefused?: () => void } = {}) {
  channel = new WebSocketChannel({
    url,
    credential: { kind: 'token', value: 'one-time' },
    keepSession: () => undefined,
    onRefused: () => undefined,
    retryAfterMs: 5,
    ...over,
  });
  return channel;
}

async function connection(): Promise<ServerSocket> {
  const [socket] = (await once(sockets, 'connection')) as [ServerSocket];
  return socket;
}

async function frame(socket: ServerSocket): Promise<{ id: number; command: string; request: unknown }> {
  const [data] = (await once(socket, 'message')) as [Buffer];
  return parse(data.toString()) as { id: number; command: string; request: unknown };
}

describe('WebSocketChannel', () => {
  it('shows the token once and the session secret from then on', async () => {
    const kept = vi.fn();
    const first = connection();
    open({ keepSession: kept });
    const socket = await first;
    expect(socket.protocol).toBe('viaduct.one-time');
    socket.send(stringify({ session: 'secret' }));
    await eventually(() => expect(kept).toHaveBeenCalledWith('secret'));
    const second = connection();
    socket.terminate();
    expect((await second).protocol).toBe('viaduct-session.secret');
  });

  it('matches replies to calls by number, in whatever order they come', async () => {
    const arriving = connection();
    const opened = open();
    const socket = await arriving;
    const frames: { id: number; command: string }[] = [];
    socket.on('message', (data: Buffer) => {
      frames.push(parse(data.toString()) as { id: number; command: string });
      if (frames.length < 2) return;
      for (const { id, command } of frames.toReversed()) {
        const value = command === 'hosts.list' ? { hosts: [] } : { prompts: [] };
        socket.send(stringify({ id, reply: { ok: true, value } }));
      }
    });
    const [hosts, prompts] = await Promise.all([
      opened.call('hosts.list', {}),
      opened.call('prompts.list', {}),
    ]);
    expect(hosts).toEqual({ ok: true, value: { hosts: [] } });
    expect(prompts).toEqual({ ok: true, value: { prompts: [] } });
  });

  it('hands events to their listeners until they unsubscribe', async () => {
    const arriving = connection();
    const opened = open();
    const socket = await arriving;
    const heard = vi.fn();
    const all = vi.fn();
    const off = opened.on('hostRemoved', heard);
    opened.on('hostRemoved', all);
    socket.send(stringify({ event: 'hostRemoved', payload: { hostId: 'a' } }));
    await eventually(() => expect(heard).toHaveBeenCalledWith({ hostId: 'a' }));
    off();
    socket.send(stringify({ event: 'hostRemoved', payload: { hostId: 'b' } }));
    await eventually(() => expect(all).toHaveBeenCalledTimes(2));
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it('answers what was under way as unanswered when the link breaks, and says when it is back', async () => {
    const arriving = connection();
    const opened = open();
    const socket = await arriving;
    socket.send(stringify({ session: 'secret' }));
    const states: string[] = [];
    opened.onLink((state) => states.push(state));
    const reply = opened.call('hosts.list', {});
    await frame(socket);
    const again = connection();
    socket.terminate();
    expect(await reply).toMatchObject({ ok: false, error: { code: 'link-down' } });
    await again;
    await eventually(() => expect(states).toEqual(['down', 'up']));
  });

  it('stops trying once the server says that it does not know the credential', async () => {
    const refused = vi.fn();
    let connections = 0;
    sockets.on('connection', (socket: ServerSocket) => {
      connections += 1;
      socket.close(closeCodes.unauthorised);
    });
    const opened = open({ onRefused: refused });
    await eventually(() => expect(refused).toHaveBeenCalledOnce());
    expect(await opened.call('hosts.list', {})).toMatchObject({ ok: false, error: { code: 'link-down' } });
    expect(connections).toBe(1);
  });
});

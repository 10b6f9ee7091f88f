import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'devalue';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Backend, BackendClient, EventListener } from '../../../electron/ipc/backend.ts';
import { closeCodes } from '../../../electron/ipc/browser-wire.ts';
import { startServer, type RunningServer } from '../../../electron/serve/server.ts';

/** A backend that answers with what it was asked, and emits what the test tells it to. */
class EchoBackend implements Backend {
  readonly listeners = new Set<EventListener>();
  asked: unknown[] = [];
  attach(listener: EventListener): BackendClient {
    const detach = this.subscribe(listener);
    const dispatch = (command: unknown, request: unknown): Promise<unknown> => {
      this.asked.push(command);
      if (command === 'never') return new Promise(() => undefined);
      return Promise.resolve({ ok: true, value: { command, request } });
    };
    return { dispatch, detach };
  }
  subscribe(listener: EventListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  running(): number {
    return 0;
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

interface ClientOptions {
  origin?: string | undefined;
  host?: string;
  path?: string;
  autoPong?: boolean;
}

class Client {
  readonly socket: WebSocket;
  readonly #frames: unknown[] = [];
  readonly #waiting: ((frame: unknown) => void)[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  /** The HTTP status where the upgrade was refused, 101 where it was not. */
  readonly upgraded: Promise<number>;

  constructor(port: number, protocol: string, options: ClientOptions) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${options.path ?? '/channel'}`, protocol, {
      autoPong: options.autoPong ?? true,
      headers: {
        ...(options.origin === undefined ? {} : { Origin: options.origin }),
        ...(options.host === undefined ? {} : { Host: options.host }),
      },
    });
    this.socket.on('error', () => undefined);
    this.socket.on('message', (data: Buffer) => {
      const frame: unknown = parse(data.toString());
      const waiter = this.#waiting.shift();
      if (waiter === undefined) this.#frames.push(frame);
      else waiter(frame);
    });
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.upgraded = new Promise((resolve) => {
      this.socket.on('open', () => resolve(101));
      this.socket.on('unexpected-response', (request, response) => {
        resolve(response.statusCode ?? 0);
        request.destroy();
      });
    });
  }

  frame(): Promise<unknown> {
    if (this.#frames.length > 0) return Promise.resolve(this.#frames.shift());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  call(id: number, command: string, request: unknown): void {
    this.socket.send(stringify({ id, command, request }));
  }
}

let folder: string;
let backend: EchoBackend;
let server: RunningServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viaduct-serve-'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Viaduct</title>');
  await writeFile(join(folder, '.hidden.js'), 'secret');
  await writeFile(join(folder, 'notes.txt'), 'secret');
  backend = new EchoBackend();
  server = await startServer({ backend, port: 0, rendererDir: folder });
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const tokenOf = (url: string): string => url.split('#token=')[1] ?? '';
const ownOrigin = (): string => `http://127.0.0.1:${server.port}`;

function connect(protocol: string, options: ClientOptions = {}): Client {
  return new Client(server.port, protocol, { origin: ownOrigin(), ...options });
}

async function authorised(): Promise<Client & { session: string }> {
  const client = connect(`viaduct.${tokenOf(server.freshUrl())}`);
  const { session } = (await client.frame()) as { session: string };
  return Object.assign(client, { session });
}

function http(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port: server.port, path, method, headers },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      },
    );
    request.on('error', reject);
    request.end();
  });
}

describe('the token', () => {
  it('has 256 bits and stands in the fragment alone', () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[A-Za-z0-9_-]{43}$/);
  });

  it('opens a session with its first use and answers calls', async () => {
    const client = connect(`viaduct.${tokenOf(server.url)}`);
    expect(await client.frame()).toEqual({ session: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) as string });
    client.call(7, 'app.info', { big: 5n, bytes: new Uint8Array([1, 2]), none: undefined });
    expect(await client.frame()).toEqual({
      id: 7,
      reply: {
        ok: true,
        value: {
          command: 'app.info',
          request: { big: 5n, bytes: new Uint8Array([1, 2]), none: undefined },
        },
      },
    });
  });

  it('is refused the second time', async () => {
    const protocol = `viaduct.${tokenOf(server.url)}`;
    await connect(protocol).frame();
    expect((await connect(protocol).closed).code).toBe(closeCodes.unauthorised);
  });

  it.each([
    ['a wrong token', 'viaduct.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['an empty token', 'viaduct.'],
    ['an unknown session', 'viaduct-session.AAAA'],
    ['an empty session', 'viaduct-session.'],
    ['another subprotocol', 'chat'],
  ])('%s is refused before anything is asked', async (_what, protocol) => {
    const client = connect(protocol);
    client.socket.on('open', () => client.call(1, 'app.info', {}));
    expect((await client.closed).code).toBe(closeCodes.unauthorised);
    expect(backend.asked).toEqual([]);
  });

  it('a token is not a session, nor a session a token', async () => {
    const { session } = await authorised();
    const token = tokenOf(server.freshUrl());
    expect((await connect(`viaduct-session.${token}`).closed).code).toBe(closeCodes.unauthorised);
    expect((await connect(`viaduct.${session}`).closed).code).toBe(closeCodes.unauthorised);
  });

  it('is void once a fresher one was issued', async () => {
    const stale = tokenOf(server.url);
    server.freshUrl();
    expect((await connect(`viaduct.${stale}`).closed).code).toBe(closeCodes.unauthorised);
  });

  it('leaves a session that reconnects as often as it likes', async () => {
    const first = await authorised();
    first.socket.close();
    await first.closed;
    for (const id of [1, 2]) {
      const again = connect(`viaduct-session.${first.session}`);
      await again.upgraded;
      again.call(id, 'hosts.list', {});
      expect(await again.frame()).toMatchObject({ id, reply: { ok: true } });
      again.socket.close();
    }
  });
});

describe('an upgrade', () => {
  it.each([
    ['without an Origin', { origin: undefined }, 403],
    ['from a foreign Origin', { origin: 'https://evil.example' }, 403],
    ['from a null Origin', { origin: 'null' }, 403],
    ['for a foreign Host', { host: 'evil.example' }, 421],
    ['for the right address without its port', { host: '127.0.0.1' }, 421],
    ['for another path', { path: '/' }, 404],
  ])('%s is refused', async (_what, options, status) => {
    const protocol = `viaduct.${tokenOf(server.url)}`;
    const client = new Client(server.port, protocol, { origin: ownOrigin(), ...options });
    expect(await client.upgraded).toBe(status);
    await connect(protocol).frame();
  });

  it('from the same port under another name is refused', async () => {
    const client = connect(`viaduct.${tokenOf(server.url)}`, { origin: `http://localhost:${server.port}` });
    expect(await client.upgraded).toBe(403);
  });
});

describe('a frame', () => {
  it.each([
    ['that is no devalue', 'hello'],
    ['that is not an object', stringify(5)],
    ['without an id', stringify({ command: 'app.info', request: {} })],
    ['with a negative id', stringify({ id: -1, command: 'app.info', request: {} })],
    ['with a name that is too long', stringify({ id: 1, command: 'x'.repeat(101), request: {} })],
    ['with more than a call has', stringify({ id: 1, command: 'app.info', request: {}, extra: 1 })],
    ['that nests without end', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
  ])('%s closes the socket', async (_what, text) => {
    const client = await authorised();
    client.socket.send(text);
    expect((await client.closed).code).toBe(closeCodes.malformed);
    expect(backend.asked).toEqual([]);
  });

  it('that is binary closes the socket', async () => {
    const client = await authorised();
    client.socket.send(Buffer.from(stringify({ id: 1, command: 'app.info', request: {} })));
    expect((await client.closed).code).toBe(closeCodes.malformed);
  });

  it('over 1 MiB closes the socket', async () => {
    const client = await authorised();
    client.call(1, 'app.info', 'x'.repeat(1024 * 1024));
    expect((await client.closed).code).toBe(1009);
    expect(backend.asked).toEqual([]);
  });

  it('past the limit of unanswered calls closes the socket', async () => {
    const client = await authorised();
    for (let id = 0; id <= 256; id++) client.call(id, 'never', {});
    expect((await client.closed).code).toBe(closeCodes.overloaded);
    expect(backend.asked).toHaveLength(256);
  });
});

describe('events', () => {
  it('reach every authorised page and end with its socket', async () => {
    const [one, two] = [await authorised(), await authorised()];
    for (const listener of backend.listeners) listener('hostRemoved', { hostId: 'alpha' });
    for (const client of [one, two]) {
      expect(await client.frame()).toEqual({ event: 'hostRemoved', payload: { hostId: 'alpha' } });
    }
    one.socket.close();
    await one.closed;
    await expect.poll(() => backend.listeners.size).toBe(1);
  });
});

describe('a page that stops reading', () => {
  it('is cut off before what waits for it fills the memory', async () => {
    const client = await authorised();
    client.socket.pause();
    const question = 'x'.repeat(1024 * 1024);
    for (let count = 0; count < 64; count++) {
      for (const listener of backend.listeners) {
        listener('prompt', { promptId: 'p', kind: 'challenge', host: 'a', user: 'b', question, echo: true });
      }
    }
    client.socket.resume();
    expect((await client.closed).code).toBe(closeCodes.overloaded);
  });
});

describe('a page that is gone', () => {
  it('is cut off when it leaves a ping unanswered', async () => {
    const strict = await startServer({
      backend,
      port: 0,
      rendererDir: folder,
      limits: { heartbeatMs: 50 },
    });
    const client = new Client(strict.port, `viaduct.${tokenOf(strict.url)}`, {
      origin: `http://127.0.0.1:${strict.port}`,
      autoPong: false,
    });
    await client.frame();
    expect((await client.closed).code).toBe(1006);
    await strict.close();
  });
});

describe('plain HTTP', () => {
  it('serves the screen with its policy and without caching', async () => {
    const { status, headers, body } = await http('/');
    expect(status).toBe(200);
    expect(body).toContain('<title>Viaduct</title>');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
  });

  it.each([
    ['/../package.json'],
    ['/%2e%2e/package.json'],
    ['/..%2fpackage.json'],
    ['/assets/..%5c..%5cpackage.json'],
    ['//etc/hostname.js'],
    ['/.hidden.js'],
    ['/notes.txt'],
    ['/index.html%00.js'],
    ['/nothing.js'],
    ['/channel'],
  ])('answers %s with 404', async (path) => {
    const { status, body } = await http(path);
    expect(status).toBe(404);
    expect(body).not.toContain('secret');
  });

  it.each([['evil.example'], ['localhost'], ['127.0.0.1']])('answers 421 for the host %s', async (host) => {
    const { status, body } = await http('/', { Host: host });
    expect(status).toBe(421);
    expect(body).not.toContain('<title>');
  });

  it('refuses other methods', async () => {
    expect((await http('/', {}, 'POST')).status).toBe(405);
  });

  it('listens on no address but 127.0.0.1', async () => {
    await expect(fetch(`http://[::1]:${server.port}/`)).rejects.toThrow();
  });
});

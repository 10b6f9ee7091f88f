import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createPlainServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { LibvirtClient } from '../../../../electron/libvirt/client.ts';
import { SocketStream } from '../../../../electron/libvirt/transports/socket-stream.ts';
import {
  openTlsStream,
  openTlsTransport,
  type TlsHandshake,
} from '../../../../electron/libvirt/transports/tls.ts';
import { parseConnectUri } from '../../../../electron/libvirt/uri.ts';
import { FakeDaemon } from '../../../fakes/libvirt-daemon.ts';
import { TestCa, writePkipath, type KeyPair } from './test-pki.ts';

const folder = mkdtempSync(join(tmpdir(), 'viaduct-tls-'));
const servers: Server[] = [];
let ca: TestCa;
let goodServer: KeyPair;
let pkipath: string;
let folders = 0;

beforeAll(() => {
  ca = new TestCa(folder, 'Lab CA');
  goodServer = ca.issue({ commonName: 'localhost', usage: 'serverAuth', subjectAltName: 'DNS:localhost' });
  const client = ca.issue({ commonName: 'admin', usage: 'clientAuth' });
  pkipath = writePkipath(join(folder, 'pki'), ca, client);
});

afterEach(async () => {
  for (const server of servers.splice(0)) {
    await new Promise((resolve) => server.close(resolve));
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

/** A daemon's TLS port: it verifies by itself, says its verdict and then speaks the protocol. */
async function listen(
  pair: KeyPair = goodServer,
  verdict: (socket: TLSSocket) => void = (socket) => {
    if (!socket.authorized) {
      socket.destroy();
      return;
    }
    socket.write(Uint8Array.of(1));
    new FakeDaemon(new SocketStream(socket));
  },
  maxVersion: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3',
): Promise<number> {
  const server = createServer(
    { ...pair, ca: [readCa()], requestCert: true, rejectUnauthorized: false, maxVersion },
    (socket) => {
      socket.on('error', () => undefined);
      verdict(socket);
    },
  );
  return portOf(server);
}

function readCa(): Buffer {
  return readFileSync(ca.certPath);
}

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return (server.address() as AddressInfo).port;
}

function newFolder(): string {
  folders += 1;
  return join(folder, `pki${folders}`);
}

describe('the TLS transport', () => {
  it('proves both sides, takes the verdict and carries the protocol', async () => {
    const port = await listen();
    const uri = parseConnectUri(`qemu+tls://localhost:${port}/system?pkipath=${pkipath}`);
    const client = await LibvirtClient.open(await openTlsTransport(uri), { name: uri.remoteName });
    await client.close();
    expect(await client.closed).toBeUndefined();
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('tells what was shown and agreed on: %s', async (version) => {
    const port = await listen(goodServer, (socket) => socket.write(Uint8Array.of(1)), version);
    const uri = parseConnectUri(`qemu+tls://localhost:${port}/system?pkipath=${pkipath}`);
    const seen: TlsHandshake[] = [];
    (await openTlsTransport(uri, undefined, (handshake) => seen.push(handshake))).close();
    const { fingerprint256 } = new X509Certificate(goodServer.cert);
    expect(seen).toEqual([
      {
        port,
        server: { subject: 'CN=localhost', fingerprint: fingerprint256 },
        client: 'CN=admin',
        cipher: { protocol: version, suite: expect.stringMatching(/^[A-Z0-9_-]+$/) as string },
      },
    ]);
  });

  it('never puts two packets into one record, of which a daemon would see only the first', async () => {
    const records: string[] = [];
    const { promise: heardAll, resolve } = Promise.withResolvers<undefined>();
    const port = await listen(goodServer, (socket) => {
      socket.write(Uint8Array.of(1));
      socket.on('data', (chunk: Buffer) => {
        if (records.push(chunk.toString()) === 3) resolve(undefined);
      });
    });
    const stream = await openTlsStream({ server: 'localhost', port, pkipath });
    await Promise.all(['one', 'two', 'three'].map((text) => stream.send(Buffer.from(text))));
    await heardAll;
    stream.close();
    expect(records).toEqual(['one', 'two', 'three']);
  });

  it('takes an IPv6 address without its brackets, and finds it in the certificate', async () => {
    const port = await listen(
      ca.issue({ commonName: 'x', usage: 'serverAuth', subjectAltName: 'IP:0:0:0:0:0:0:0:1' }),
    );
    const uri = parseConnectUri(`qemu+tls://[::1]:${port}/system?pkipath=${pkipath}`);
    (await openTlsTransport(uri)).close();
  });

  it('checks an address against the addresses in the certificate', async () => {
    const port = await listen(
      ca.issue({ commonName: 'x', usage: 'serverAuth', subjectAltName: 'IP:127.0.0.1' }),
    );
    const stream = await openTlsStream({ server: '127.0.0.1', port, pkipath });
    stream.close();
    const other = await listen();
    await expect(openTlsStream({ server: '127.0.0.1', port: other, pkipath })).rejects.toMatchObject({
      code: 'tls-server-untrusted',
      message: expect.stringContaining('another name (DNS:localhost)') as string,
      remedy: expect.stringContaining('/etc/pki/libvirt/servercert.pem on the host') as string,
    });
  });

  it.each<[string, () => KeyPair, RegExp]>([
    [
      'has expired',
      () =>
        ca.issue({
          commonName: 'localhost',
          usage: 'serverAuth',
          subjectAltName: 'DNS:localhost',
          expired: true,
        }),
      /expired/,
    ],
    [
      'is for clients only',
      () => ca.issue({ commonName: 'localhost', usage: 'clientAuth', subjectAltName: 'DNS:localhost' }),
      /not meant for servers/,
    ],
    [
      'is for another name',
      () => ca.issue({ commonName: 'localhost', usage: 'serverAuth', subjectAltName: 'DNS:beta.lab' }),
      /another name/,
    ],
    [
      'is of another CA',
      () =>
        new TestCa(folder, 'Other CA').issue({
          commonName: 'localhost',
          usage: 'serverAuth',
          subjectAltName: 'DNS:localhost',
        }),
      /does not trust/,
    ],
  ])('refuses a server whose certificate %s', async (_case, issue, message) => {
    const port = await listen(issue());
    const opening = openTlsStream({ server: 'localhost', port, pkipath });
    await expect(opening).rejects.toMatchObject({ code: 'tls-server-untrusted' });
    await expect(opening).rejects.toThrow(message);
  });

  it('refuses a server whose certificate is on the revocation list', async () => {
    const revoked = ca.issue({
      commonName: 'localhost',
      usage: 'serverAuth',
      subjectAltName: 'DNS:localhost',
    });
    const port = await listen(revoked);
    const listed = writePkipath(newFolder(), ca, undefined, ca.revocationList(revoked));
    await expect(openTlsStream({ server: 'localhost', port, pkipath: listed })).rejects.toThrow(
      /was revoked/,
    );
  });

  it('connects to anybody when the admin asks for that', async () => {
    const port = await listen(new TestCa(folder, 'Any CA').issue({ commonName: 'x', usage: 'serverAuth' }));
    const uri = parseConnectUri(`qemu+tls://localhost:${port}/system?pkipath=${pkipath}&no_verify=1`);
    (await openTlsTransport(uri)).close();
  });

  it('names what the admin of the host can look at when it hangs up before its verdict', async () => {
    const port = await listen(goodServer, (socket) => socket.destroy());
    const opening = openTlsStream({ server: 'localhost', port, pkipath });
    await expect(opening).rejects.toMatchObject({
      code: 'tls-client-refused',
      message: `localhost:${port} refused our certificate ${pkipath}/clientcert.pem, which is good for the CA of ${pkipath}/cacert.pem.`,
      remedy: expect.stringMatching(
        /tls_allowed_dn_list in \/etc\/libvirt\/libvirtd\.conf .* must have "CN=admin".*cacert\.pem.*cacrl\.pem/,
      ) as string,
    });
  });

  describe('with files of our own that no server can accept', () => {
    const cases: [string, () => KeyPair, RegExp][] = [
      [
        'has expired',
        () => ca.issue({ commonName: 'x', usage: 'clientAuth', expired: true }),
        /has expired on 2020/,
      ],
      [
        'is of another CA',
        () => new TestCa(folder, `Strange CA ${folders}`).issue({ commonName: 'x', usage: 'clientAuth' }),
        /was not signed by the CA/,
      ],
    ];

    it.each(cases)('says so before it connects, when our certificate %s', async (_case, issue, message) => {
      const own = writePkipath(newFolder(), ca, issue());
      const opening = openTlsStream({ server: 'localhost', port: 1, pkipath: own });
      await expect(opening).rejects.toMatchObject({
        code: 'tls-files',
        side: 'client',
        remedy: expect.stringContaining(`${own}/clientcert.pem`) as string,
      });
      await expect(opening).rejects.toThrow(message);
    });

    it.each(cases)(
      'connects with no_sanity=1, and knows why it was refused: it %s',
      async (_case, issue, message) => {
        const port = await listen();
        const own = writePkipath(newFolder(), ca, issue());
        const uri = parseConnectUri(`qemu+tls://localhost:${port}/system?pkipath=${own}&no_sanity=1`);
        const opening = openTlsTransport(uri);
        await expect(opening).rejects.toMatchObject({ code: 'tls-client-refused', side: 'client' });
        await expect(opening).rejects.toThrow(message);
      },
    );

    it('connects with a certificate for servers, which a daemon may take, and suspects it when refused', async () => {
      const port = await listen();
      const own = writePkipath(newFolder(), ca, ca.issue({ commonName: 'x', usage: 'serverAuth' }));
      await expect(openTlsStream({ server: 'localhost', port, pkipath: own })).rejects.toMatchObject({
        code: 'tls-client-refused',
        message: expect.stringContaining('is not meant for clients') as string,
      });
    });

    it('misses the key of a certificate, and does not go on without', async () => {
      const half = writePkipath(newFolder(), ca, goodServer);
      rmSync(join(half, 'clientkey.pem'));
      await expect(openTlsStream({ server: 'localhost', port: 1, pkipath: half })).rejects.toMatchObject({
        code: 'tls-files',
        message: `There is ${half}/clientcert.pem, but no ${half}/clientkey.pem.`,
      });
    });
  });

  it('agrees with a server on the version that tls_priority asks for, or says that they disagree', async () => {
    const port = await listen(goodServer, (socket) => {
      socket.write(Uint8Array.of(1));
      socket.end(socket.getProtocol() ?? '');
    });
    const open = (priority: string, at = port) =>
      openTlsTransport(
        parseConnectUri(`qemu+tls://localhost:${at}/system?pkipath=${pkipath}&tls_priority=${priority}`),
      );
    for (const version of ['1.2', '1.3']) {
      const stream = await open(`NORMAL:-VERS-ALL:%2bVERS-TLS${version}`);
      const chunks: Uint8Array[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      expect(Buffer.concat(chunks).toString()).toBe(`TLSv${version}`);
    }
    const old = await listen(goodServer, undefined, 'TLSv1.2');
    await expect(open('NORMAL:-VERS-TLS1.2', old)).rejects.toMatchObject({
      code: 'tls-failed',
      remedy: expect.stringContaining('tls_priority') as string,
    });
  });

  it('says that there was no certificate to show when the server wants one', async () => {
    const port = await listen();
    const empty = writePkipath(newFolder(), ca);
    await expect(openTlsStream({ server: 'localhost', port, pkipath: empty })).rejects.toThrow(
      `refused us without a certificate (there is none at ${empty}/clientcert.pem)`,
    );
  });

  it('takes any other verdict for a refusal', async () => {
    const port = await listen(goodServer, (socket) => socket.write(Uint8Array.of(0)));
    await expect(openTlsStream({ server: 'localhost', port, pkipath })).rejects.toMatchObject({
      code: 'tls-client-refused',
    });
  });

  it('gives up on a server that never says its verdict', async () => {
    const port = await listen(goodServer, () => undefined);
    await expect(openTlsStream({ server: 'localhost', port, pkipath, timeoutMs: 300 })).rejects.toMatchObject(
      {
        code: 'transport-timeout',
      },
    );
  });

  it('gives up on a port that does not speak TLS', async () => {
    const silent = await portOf(createPlainServer((socket) => socket.on('error', () => undefined).resume()));
    await expect(
      openTlsStream({ server: 'localhost', port: silent, pkipath, timeoutMs: 50 }),
    ).rejects.toMatchObject({
      code: 'transport-timeout',
    });
    const talking = await portOf(
      createPlainServer((socket) =>
        socket
          .on('error', () => undefined)
          .resume()
          .write('SSH-2.0-x\r\n'),
      ),
    );
    await expect(openTlsStream({ server: 'localhost', port: talking, pkipath })).rejects.toMatchObject({
      code: 'tls-failed',
    });
  });

  it('says when nothing listens, and stops when the caller says so', async () => {
    const port = await portOf(createPlainServer());
    await new Promise((resolve) => servers.pop()?.close(resolve));
    await expect(openTlsStream({ server: 'localhost', port, pkipath })).rejects.toMatchObject({
      code: 'transport-unreachable',
      message: `localhost:${port} cannot be reached: nothing listens there.`,
    });
    const aborted = openTlsStream({ server: 'localhost', port, pkipath, signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ code: 'transport-cancelled' });
  });

  it('names the CA file that is missing', async () => {
    await expect(openTlsStream({ server: 'localhost', pkipath: '/nonexistent' })).rejects.toMatchObject({
      code: 'tls-files',
      message: 'There is no CA certificate at /nonexistent/cacert.pem.',
    });
  });

  it('says that key and certificate do not belong together', async () => {
    const mixed = { cert: ca.issue({ commonName: 'a', usage: 'clientAuth' }).cert, key: goodServer.key };
    const opening = openTlsStream({ server: 'localhost', pkipath: writePkipath(newFolder(), ca, mixed) });
    await expect(opening).rejects.toMatchObject({ code: 'tls-files' });
  });
});

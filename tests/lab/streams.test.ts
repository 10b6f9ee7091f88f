import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  domainByName,
  downloadVolume,
  hostname,
  LibvirtClient,
  openConsole,
  openTlsTransport,
  parseConnectUri,
  procedures,
  screenshot,
  uploadVolume,
  type RpcStream,
  type StreamPart,
  type VolumeRef,
} from '../../electron/libvirt/index.ts';
import { mustRunOnHost } from './host.ts';
import { hosts, imagesDir, tlsUri } from './layout.ts';
import { silent } from './progress.ts';
import { resetLab } from './reset.ts';
import { startConsoleGuest, stopConsoleGuest } from './support/console-guest.ts';
import { virsh } from './virsh.ts';
import { waitFor } from './wait-for.ts';

const host = hosts.alpha;
const guest = { name: 'console01', uuid: 'a1f0c7de-0003-4b6e-9a53-76e0b1a2c303' };
const mib = 1024 * 1024;
const opened: LibvirtClient[] = [];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const always =
  <T>(value: T) =>
  () =>
    value;

beforeAll(() => resetLab(silent));

async function open(): Promise<LibvirtClient> {
  const uri = parseConnectUri(tlsUri(host));
  const client = await LibvirtClient.open(await openTlsTransport(uri), {
    name: uri.remoteName,
    hostLabel: host.fqdn,
  });
  opened.push(client);
  return client;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.close()));
});

/** Bytes that are really held, after the garbage is gone. */
function memoryInUse(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('a guest’s console and screen', () => {
  beforeAll(() => startConsoleGuest(host, guest));
  afterAll(() => stopConsoleGuest(host, guest));

  async function console_(options?: Parameters<typeof openConsole>[2]): Promise<RpcStream> {
    const client = await open();
    return openConsole(client, await domainByName(client, guest.name), options);
  }

  /** Reads on from where the last call stopped, until the text has come. */
  function reader(stream: RpcStream): (text: string) => Promise<string> {
    const chunks = stream[Symbol.asyncIterator]();
    let seen = '';
    return async (text) => {
      while (!seen.includes(text)) {
        const next = await chunks.next();
        if (next.done === true) throw new Error(`The console ended after ${JSON.stringify(seen)}.`);
        seen += Buffer.from(next.value).toString('latin1');
      }
      return seen;
    };
  }

  it('says what the guest says, and the guest answers what is typed', async () => {
    const stream = await console_();
    const until = reader(stream);
    await virsh(host, ['resume', guest.name]);
    await until('console guest ready');
    await stream.send(Buffer.from('over the stream\r'));
    await until('OVER THE STREAM');
    await stream.abort();
  });

  it('belongs to one at a time, until another takes it over', async () => {
    const first = await console_();
    await expect(console_()).rejects.toMatchObject({ code: 'libvirt-operation-failed' });
    const second = await console_({ force: true });
    await expect(reader(first)('never comes')).rejects.toThrow();
    const until = reader(second);
    await second.send(Buffer.from('mine now'));
    await until('MINE NOW');
    await second.abort();
  });

  it('says that there is no such device', async () => {
    await expect(console_({ device: 'serial9' })).rejects.toMatchObject({
      message: expect.stringContaining('serial9') as unknown,
    });
  });

  it('takes a picture of the screen, and says so of a guest that has none', async () => {
    const client = await open();
    const { mime, bytes } = await screenshot(client, await domainByName(client, guest.name));
    expect(mime).toMatch(/^image\/(png|x-portable-pixmap)$/);
    expect(Buffer.from(bytes.subarray(0, 8)).toString('latin1')).toMatch(/^(\x89PNG\r\n|P6)/);
    await expect(screenshot(client, await domainByName(client, 'db01'))).rejects.toMatchObject({
      code: expect.stringMatching(/^libvirt-/) as unknown,
    });
    expect(await hostname(client)).toContain('alpha');
  });

  it('ends when the guest stops', async () => {
    const stream = await console_();
    await virsh(host, ['destroy', guest.name]);
    await expect(reader(stream)('never comes')).rejects.toThrow();
  });
});

describe('volumes', () => {
  const made: VolumeRef[] = [];

  afterEach(async () => {
    const client = await open();
    for (const vol of made.splice(0)) await client.call(procedures.storageVolDelete, { vol, flags: 0 });
  });

  async function makeVolume(client: LibvirtClient, name: string, capacity: number): Promise<VolumeRef> {
    const { pool } = await client.call(procedures.storagePoolLookupByName, { name: 'images' });
    const xml = `<volume><name>${name}</name><allocation>0</allocation><capacity>${capacity}</capacity></volume>`;
    const { vol } = await client.call(procedures.storageVolCreateXml, { pool, xml, flags: 0 });
    made.push(vol);
    return vol;
  }

  /** Bytes that no mix-up of places leaves the same, without ever being in memory at once. */
  function* content(bytes: number): Generator<Uint8Array> {
    const block = Buffer.alloc(mib);
    for (let offset = 0; offset < bytes; offset += mib) {
      block.fill(createHash('sha256').update(`block ${offset}`).digest());
      yield Uint8Array.from(block.subarray(0, Math.min(mib, bytes - offset)));
    }
  }

  const sha256OnHost = async (name: string): Promise<string> =>
    (await mustRunOnHost(host, ['sha256sum', `${imagesDir}/${name}`])).slice(0, 64);

  it('go up and come down unchanged, 128 MiB with less than 32 MiB in memory', async () => {
    const client = await open();
    const size = 128 * mib;
    const vol = await makeVolume(client, 'round-trip.raw', size);
    const before = memoryInUse();
    let mostMemory = 0;
    let parts = 0;
    const sample = () => {
      if ((parts += 1) % 16 === 0) mostMemory = Math.max(mostMemory, memoryInUse() - before);
    };
    const sent = createHash('sha256');
    const progress: bigint[] = [];
    function* hashed() {
      for (const part of content(size)) {
        sent.update(part);
        sample();
        yield part;
      }
    }
    const uploaded = await uploadVolume(client, vol, hashed(), {
      length: BigInt(size),
      onProgress: (bytes) => progress.push(bytes),
    });
    expect(uploaded).toBe(BigInt(size));
    expect(progress.at(-1)).toBe(BigInt(size));
    const digest = sent.digest('hex');
    expect(await sha256OnHost('round-trip.raw')).toBe(digest);

    const received = createHash('sha256');
    for await (const part of downloadVolume(client, vol)) {
      if (part instanceof Uint8Array) received.update(part);
      sample();
    }
    expect(received.digest('hex')).toBe(digest);
    expect(mostMemory / mib).toBeLessThan(32);
  });

  it('keep their holes both ways', async () => {
    const client = await open();
    const data = Uint8Array.from(Buffer.alloc(mib, 0x5a));
    const parts: StreamPart[] = [data, { holeBytes: BigInt(62 * mib) }, data];
    const vol = await makeVolume(client, 'sparse.raw', 64 * mib);
    await uploadVolume(client, vol, parts, { sparse: true, length: BigInt(64 * mib) });
    const disk = await mustRunOnHost(host, ['du', '-k', `${imagesDir}/sparse.raw`]);
    expect(Number.parseInt(disk, 10)).toBeLessThan(8 * 1024);

    let [dataBytes, holeBytes] = [0n, 0n];
    for await (const part of downloadVolume(client, vol, { sparse: true })) {
      if (part instanceof Uint8Array) dataBytes += BigInt(part.length);
      else holeBytes += part.holeBytes;
    }
    expect(dataBytes + holeBytes).toBe(BigInt(64 * mib));
    expect(holeBytes).toBeGreaterThan(BigInt(50 * mib));
  });

  it('come in the range that was asked for', async () => {
    const client = await open();
    const vol = await makeVolume(client, 'range.raw', mib);
    await uploadVolume(client, vol, [Buffer.from('0123456789')], { offset: 100n, length: 10n });
    const chunks: StreamPart[] = [];
    for await (const part of downloadVolume(client, vol, { offset: 103n, length: 4n })) chunks.push(part);
    expect(chunks).toEqual([Uint8Array.from(Buffer.from('3456'))]);
  });

  it('refuse more than was announced with the host’s own error', async () => {
    const client = await open();
    const vol = await makeVolume(client, 'too-much.raw', 4 * mib);
    const upload = uploadVolume(client, vol, content(4 * mib), { length: BigInt(mib) });
    await expect(upload).rejects.toMatchObject({ code: expect.stringMatching(/^libvirt-/) as unknown });
    expect(await hostname(client)).toContain('alpha');
  });

  it('can be given up midway, and the client goes on', async () => {
    const client = await open();
    const vol = await makeVolume(client, 'given-up.raw', 64 * mib);
    const stop = new AbortController();
    const upload = uploadVolume(client, vol, content(64 * mib), {
      signal: stop.signal,
      onProgress: (bytes) => {
        if (bytes >= BigInt(8 * mib)) stop.abort();
      },
    });
    await expect(upload).rejects.toMatchObject({ code: 'call-abandoned' });
    expect(await hostname(client)).toContain('alpha');

    let seen = 0;
    for await (const part of downloadVolume(client, vol)) {
      seen += part instanceof Uint8Array ? part.length : 0;
      if (seen > 4 * mib) break;
    }
    expect(await hostname(client)).toContain('alpha');
  });

  it('read slowly hold up nobody else', async () => {
    const [slow, other] = [await open(), await open()];
    const vol = await makeVolume(slow, 'slow.raw', 64 * mib);
    const parts = downloadVolume(slow, vol);
    await parts.next();
    await waitFor(
      'the connection that nobody reads on stands still',
      () => hostname(slow, { deadlineMs: 500 }).then(always(undefined), always(true)),
      { timeoutMs: 20_000 },
    );
    for (let calls = 0; calls < 50; calls += 1) {
      expect(await hostname(other, { deadlineMs: 2000 })).toContain('alpha');
    }
    await parts.return();
    expect(await hostname(slow)).toContain('alpha');
  });
});

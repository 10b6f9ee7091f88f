import { describe, expect, it } from 'vitest';

import { wireErrorCodec } from '../../../../electron/libvirt/protocol/libvirt-error.ts';
import { procedures } from '../../../../electron/libvirt/protocol/procedures.ts';
import { Connection } from '../../../../electron/libvirt/rpc/connection.ts';
import { messageStatuses, messageTypes } from '../../../../electron/libvirt/rpc/header.ts';
import { streamHoleCodec } from '../../../../electron/libvirt/rpc/stream.ts';
import { encodeXdr } from '../../../../electron/libvirt/xdr/codec.ts';
import { FakeDaemon, Refusal } from '../../../fakes/libvirt-daemon.ts';
import { streamPair } from '../../../fakes/stream-pair.ts';

const dom = { name: 'web01', uuid: '11111111-2222-3333-4444-555555555555', id: 1 };
const console = procedures.domainOpenConsole;
const { ok, error, continue: more } = messageStatuses;

async function openConsole(afterReply: (daemon: FakeDaemon, serial: number) => void = () => undefined) {
  const pair = streamPair();
  const daemon = new FakeDaemon(pair.server);
  const connection = new Connection(pair.client, { name: 'alpha' });
  daemon.handle(console, ({ header }) => {
    if (header.type !== 0) return;
    daemon.reply(console, header.serial, new Uint8Array(0));
    afterReply(daemon, header.serial);
  });
  const { stream } = await connection.openStream(console, { dom, devName: undefined, flags: 0 });
  const serial = daemon.callsOf(console)[0]?.header.serial ?? 0;
  const packets = (status: number) =>
    daemon.callsOf(console).filter(({ header }) => header.type === 3 && header.status === status);
  return { daemon, connection, stream, serial, packets };
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('streams', () => {
  it('delivers data that follows its opening in the same read, up to the empty packet', async () => {
    const { stream } = await openConsole((daemon, serial) => {
      for (const text of ['hello ', 'world', '']) daemon.sendStream(console, serial, more, Buffer.from(text));
    });
    expect(await readAll(stream)).toBe('hello world');
  });

  it('delivers data that a thread of the daemon sends before the answer', async () => {
    const pair = streamPair();
    const daemon = new FakeDaemon(pair.server);
    const connection = new Connection(pair.client, { name: 'alpha' });
    daemon.handle(console, ({ header }) => {
      if (header.type !== 0) return;
      for (const bytes of [new Uint8Array(2_000_000), new Uint8Array(0)])
        daemon.sendStream(console, header.serial, more, bytes);
      daemon.reply(console, header.serial, new Uint8Array(0));
    });
    const { stream } = await connection.openStream(console, { dom, devName: undefined, flags: 0 });
    expect((await readAll(stream)).length).toBe(2_000_000);
  });

  it('does not take data without end before the answer', async () => {
    const pair = streamPair();
    const daemon = new FakeDaemon(pair.server);
    const connection = new Connection(pair.client, { name: 'alpha' });
    daemon.handle(console, ({ header }) => {
      if (header.type !== 0) return;
      for (let sent = 0; sent < 9; sent += 1)
        daemon.sendStream(console, header.serial, more, new Uint8Array(2_000_000));
      daemon.reply(console, header.serial, new Uint8Array(0));
    });
    const { stream } = await connection.openStream(console, { dom, devName: undefined, flags: 0 });
    await expect(stream.finish()).rejects.toMatchObject({ code: 'rpc-protocol' });
  });

  it('finishes in order: the client says so, the daemon confirms', async () => {
    const { daemon, stream, serial, packets } = await openConsole();
    await stream.send(Buffer.from('ls\n'));
    const finished = stream.finish();
    await daemon.until(() => packets(ok).length === 1);
    daemon.sendStream(console, serial, ok);
    await finished;
    expect(Buffer.from(packets(more)[0]?.payload ?? '').toString()).toBe('ls\n');
    await expect(stream.send(Buffer.from('more'))).rejects.toMatchObject({ code: 'rpc-protocol' });
  });

  it('cuts what it sends into packets that every daemon takes', async () => {
    const { daemon, stream, packets } = await openConsole();
    await stream.send(new Uint8Array(600_000));
    await daemon.until(() => packets(more).length === 3);
    expect(packets(more).map(({ payload }) => payload.length)).toEqual([262_120, 262_120, 75_760]);
  });

  it('aborts: what is still under way is dropped, reading ends', async () => {
    const { daemon, stream, serial, packets } = await openConsole();
    const aborted = stream.abort();
    await daemon.until(() => packets(error).length === 1);
    daemon.sendStream(console, serial, more, Buffer.from('late'));
    daemon.sendStream(console, serial, ok);
    await aborted;
    expect(await readAll(stream)).toBe('');
  });

  it('fails with the daemon’s error', async () => {
    const { daemon, stream, serial } = await openConsole();
    daemon.sendStream(console, serial, more, Buffer.from('some'));
    const wire = new Refusal({ code: 38, message: 'No space left' }).wire;
    daemon.sendStream(console, serial, error, encodeXdr(wireErrorCodec, wire));
    await expect(readAll(stream)).rejects.toMatchObject({ code: 'libvirt-system-error' });
    await expect(stream.finish()).rejects.toMatchObject({ code: 'libvirt-system-error' });
  });

  it('fails when the connection is lost', async () => {
    const { daemon, stream } = await openConsole();
    daemon.close();
    await expect(readAll(stream)).rejects.toMatchObject({ code: 'connection-lost' });
  });

  it('stops reading the connection until the reader catches up', async () => {
    const { daemon, connection, stream, serial } = await openConsole();
    daemon.answer(procedures.connectGetHostname, () => ({ hostname: 'alpha.lab' }));
    const chunk = new Uint8Array(200_000);
    for (let sent = 0; sent < 8; sent += 1) daemon.sendStream(console, serial, more, chunk);
    const stalled = connection.call(procedures.connectGetHostname, {}, { deadlineMs: 30 });
    await expect(stalled).rejects.toMatchObject({ code: 'call-timeout' });
    daemon.sendStream(console, serial, more);
    expect((await readAll(stream)).length).toBe(1_600_000);
    expect(await connection.call(procedures.connectGetHostname, {})).toEqual({ hostname: 'alpha.lab' });
  });

  it('takes back a stream whose opening was given up before it was answered', async () => {
    const pair = streamPair();
    const daemon = new FakeDaemon(pair.server);
    const connection = new Connection(pair.client, { name: 'alpha' });
    daemon.handle(console, () => undefined);
    const opening = connection.openStream(console, { dom, devName: undefined, flags: 0 }, { deadlineMs: 5 });
    await expect(opening).rejects.toMatchObject({ code: 'call-timeout' });
    daemon.reply(console, daemon.callsOf(console)[0]?.header.serial ?? 0, new Uint8Array(0));
    await daemon.until(() =>
      daemon.callsOf(console).some(({ header }) => header.type === 3 && header.status === error),
    );
    connection.close();
  });
});

describe('sparse streams', () => {
  const download = procedures.storageVolDownload;
  const vol = { pool: 'images', name: 'db01.qcow2', key: '/images/db01.qcow2' };

  async function openDownload(sparse: boolean) {
    const pair = streamPair();
    const daemon = new FakeDaemon(pair.server);
    const connection = new Connection(pair.client, { name: 'alpha' });
    daemon.handle(download, ({ header }) => {
      if (header.type === 0) daemon.reply(download, header.serial, new Uint8Array(0));
    });
    const args = { vol, offset: 0n, length: 0n, flags: sparse ? 1 : 0 };
    const { stream } = await connection.openStream(download, args, { sparse });
    const serial = daemon.callsOf(download)[0]?.header.serial ?? 0;
    const sendHole = (payload: Uint8Array) =>
      daemon.sendPacket(download.number, messageTypes.streamHole, serial, more, payload);
    return { daemon, stream, serial, sendHole };
  }

  async function partsOf(stream: { parts(): AsyncIterable<unknown> }): Promise<unknown[]> {
    const parts: unknown[] = [];
    for await (const part of stream.parts()) parts.push(part);
    return parts;
  }

  const hole = (length: bigint) => encodeXdr(streamHoleCodec, { length, flags: 0 });

  it('deliver holes between data, exact beyond 2^53', async () => {
    const { daemon, stream, serial, sendHole } = await openDownload(true);
    sendHole(hole(9_007_199_254_740_993n));
    daemon.sendStream(download, serial, more, Buffer.from('data'));
    daemon.sendStream(download, serial, more);
    expect(await partsOf(stream)).toEqual([
      { holeBytes: 9_007_199_254_740_993n },
      new Uint8Array(Buffer.from('data')),
    ]);
  });

  it('send holes as packets of their own kind', async () => {
    const { daemon, stream } = await openDownload(true);
    await stream.sendHole({ holeBytes: 65_536n });
    const sent = () =>
      daemon.callsOf(download).filter(({ header }) => header.type === messageTypes.streamHole);
    await daemon.until(() => sent().length === 1);
    expect(sent()[0]?.payload).toEqual(hole(65_536n));
    expect(sent()[0]?.header.status).toBe(more);
  });

  it.each([
    ['in a stream that was not opened as sparse', false, hole(1n)],
    ['of no length', true, hole(0n)],
    ['of negative length', true, hole(-1n)],
    ['that is cut off', true, hole(1n).subarray(0, 5)],
  ])('fail at a hole %s', async (_name, sparse, payload) => {
    const { stream, sendHole } = await openDownload(sparse);
    sendHole(payload);
    await expect(partsOf(stream)).rejects.toMatchObject({ code: 'rpc-protocol' });
  });
});

import { describe, expect, it } from 'vitest';

import type { ByteStream } from '../../../../electron/common/byte-stream.ts';
import { isLibvirtError, errorCodes } from '../../../../electron/libvirt/protocol/libvirt-error.ts';
import { procedures } from '../../../../electron/libvirt/protocol/procedures.ts';
import { Connection } from '../../../../electron/libvirt/rpc/connection.ts';
import { messageStatuses, messageTypes } from '../../../../electron/libvirt/rpc/header.ts';
import { pingPacket } from '../../../../electron/libvirt/rpc/keepalive.ts';
import {
  CallAbandonedError,
  CallTimeoutError,
  ConnectionLostError,
  ProtocolError,
} from '../../../../electron/libvirt/rpc/rpc-errors.ts';
import type { RpcLogEntry } from '../../../../electron/libvirt/rpc/rpc-log.ts';
import { encodeXdr } from '../../../../electron/libvirt/xdr/codec.ts';
import { FakeDaemon, Refusal } from '../../../fakes/libvirt-daemon.ts';
import { streamPair } from '../../../fakes/stream-pair.ts';

const dom = { name: 'web01', uuid: '11111111-2222-3333-4444-555555555555', id: 1 };

function connect() {
  const pair = streamPair();
  const log: RpcLogEntry[] = [];
  const daemon = new FakeDaemon(pair.server);
  const connection = new Connection(pair.client, { name: 'alpha', logger: (entry) => log.push(entry) });
  return { ...pair, daemon, connection, log };
}

describe('calls on a connection', () => {
  it('matches answers by serial, in whatever order they come', async () => {
    const { daemon, connection } = connect();
    const waiting: { name: string; serial: number }[] = [];
    daemon.handle(procedures.domainLookupByName, ({ header, payload }) => {
      waiting.push({ name: Buffer.from(payload.subarray(4, 5)).toString(), serial: header.serial });
    });
    const calls = ['a', 'b', 'c'].map((name) => connection.call(procedures.domainLookupByName, { name }));
    await daemon.until(() => waiting.length === 3);
    for (const { name, serial } of waiting.toReversed()) {
      daemon.reply(
        procedures.domainLookupByName,
        serial,
        encodeXdr(procedures.domainLookupByName.ret, { dom: { ...dom, name } }),
      );
    }
    const names = (await Promise.all(calls)).map((answer) => answer.dom.name);
    expect(names).toEqual(['a', 'b', 'c']);
  });

  it('has at most four calls on the wire and sends the next when one is answered', async () => {
    const { daemon, connection } = connect();
    const serials: number[] = [];
    daemon.handle(procedures.domainResume, ({ header }) => void serials.push(header.serial));
    const calls = Array.from({ length: 6 }, () => connection.call(procedures.domainResume, { dom }));
    await daemon.until(() => serials.length === 4);
    daemon.reply(procedures.domainResume, serials[2] ?? 0, new Uint8Array(0));
    await calls[2];
    await daemon.until(() => serials.length === 5);
    expect(daemon.callsOf(procedures.domainResume)).toHaveLength(5);
    connection.close();
    const outcomes = (await Promise.allSettled(calls)).map((result) =>
      result.status === 'rejected' ? (result.reason as ConnectionLostError).outcome : 'answered',
    );
    expect(outcomes).toEqual(['unknown', 'unknown', 'answered', 'unknown', 'unknown', 'not-sent']);
  });

  it('rejects with the daemon’s own error and stays usable', async () => {
    const { daemon, connection } = connect();
    daemon.answer(procedures.domainLookupByName, () => {
      throw new Refusal({ code: 42, message: 'Domain not found' });
    });
    daemon.answer(procedures.connectGetHostname, () => ({ hostname: 'alpha.lab' }));
    const refused = await connection
      .call(procedures.domainLookupByName, { name: 'x' })
      .catch((e: unknown) => e);
    expect(isLibvirtError(refused, errorCodes.noDomain)).toBe(true);
    expect(await connection.call(procedures.connectGetHostname, {})).toEqual({ hostname: 'alpha.lab' });
  });

  it('drops the late answer to a call that passed its deadline', async () => {
    const { daemon, connection, log } = connect();
    daemon.handle(procedures.domainResume, () => undefined);
    daemon.answer(procedures.connectGetHostname, () => ({ hostname: 'alpha.lab' }));
    const late = connection.call(procedures.domainResume, { dom }, { deadlineMs: 5 });
    await expect(late).rejects.toThrow(CallTimeoutError);
    await expect(late).rejects.toMatchObject({ code: 'call-timeout', outcome: 'unknown' });
    daemon.reply(
      procedures.domainResume,
      daemon.callsOf(procedures.domainResume)[0]?.header.serial ?? 0,
      new Uint8Array(0),
    );
    expect(await connection.call(procedures.connectGetHostname, {})).toEqual({ hostname: 'alpha.lab' });
    expect(log).toMatchObject([{ level: 'debug' }]);
  });

  it('keeps the place of an abandoned call until its answer comes', async () => {
    const { daemon, connection } = connect();
    daemon.handle(procedures.domainResume, () => undefined);
    daemon.answer(procedures.connectGetHostname, () => ({ hostname: 'alpha.lab' }));
    const stop = new AbortController();
    const calls = Array.from({ length: 4 }, () =>
      connection.call(procedures.domainResume, { dom }, { signal: stop.signal }),
    );
    const settled = Promise.allSettled(calls);
    await daemon.until(() => daemon.callsOf(procedures.domainResume).length === 4);
    stop.abort(new Error('no longer wanted'));
    const reasons = (await settled).map((result) =>
      result.status === 'rejected' ? (result.reason as unknown) : undefined,
    );
    expect(
      reasons.every((reason) => reason instanceof CallAbandonedError && reason.outcome === 'unknown'),
    ).toBe(true);
    const queued = connection.call(procedures.connectGetHostname, {}, { deadlineMs: 5 });
    await expect(queued).rejects.toMatchObject({ code: 'call-timeout', outcome: 'not-sent' });
    const again = connection.call(procedures.connectGetHostname, {});
    expect(daemon.callsOf(procedures.connectGetHostname)).toHaveLength(0);
    daemon.reply(
      procedures.domainResume,
      daemon.callsOf(procedures.domainResume)[0]?.header.serial ?? 0,
      new Uint8Array(0),
    );
    expect(await again).toEqual({ hostname: 'alpha.lab' });
  });

  it('does not send a call whose signal has already fired', async () => {
    const { daemon, connection } = connect();
    const call = connection.call(procedures.domainResume, { dom }, { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ code: 'call-abandoned', outcome: 'not-sent' });
    expect(daemon.received).toHaveLength(0);
  });

  it('does not send arguments that do not fit their type', async () => {
    const { daemon, connection } = connect();
    const call = connection.call(procedures.domainResume, { dom: { ...dom, uuid: 'not a uuid' } });
    await expect(call).rejects.toMatchObject({ code: 'xdr-range' });
    expect(daemon.received).toHaveLength(0);
  });

  it('rejects every pending call with an unknown outcome when the link breaks', async () => {
    const { daemon, connection, ...link } = connect();
    daemon.handle(procedures.domainResume, () => undefined);
    const call = connection.call(procedures.domainResume, { dom });
    await daemon.until(() => daemon.callsOf(procedures.domainResume).length === 1);
    link.breakLink(new Error('read ECONNRESET'));
    await expect(call).rejects.toThrow(ConnectionLostError);
    await expect(call).rejects.toMatchObject({ outcome: 'unknown', code: 'connection-lost' });
    expect(await connection.closed).toBeInstanceOf(ConnectionLostError);
    await expect(connection.call(procedures.domainResume, { dom })).rejects.toMatchObject({
      outcome: 'not-sent',
    });
  });

  it('settles closed without an error when it was closed on purpose', async () => {
    const { connection } = connect();
    connection.close();
    connection.close();
    expect(await connection.closed).toBeUndefined();
  });

  it('answers pings, even while its own calls are full', async () => {
    const { daemon, connection } = connect();
    daemon.handle(procedures.domainResume, () => undefined);
    const calls = Array.from({ length: 5 }, () => connection.call(procedures.domainResume, { dom }));
    const settled = Promise.allSettled(calls);
    daemon.sendRaw(pingPacket);
    await daemon.until(() =>
      daemon.received.some(({ header }) => header.program === 0x6b656570 && header.procedure === 2),
    );
    connection.close();
    await settled;
  });

  it('is lost when keepalive pings stay unanswered', async () => {
    const { daemon, connection } = connect();
    daemon.answersPings = false;
    daemon.handle(procedures.domainResume, () => undefined);
    connection.startKeepalive({ intervalMs: 5, count: 2 });
    await expect(connection.call(procedures.domainResume, { dom })).rejects.toMatchObject({
      code: 'connection-lost',
      outcome: 'unknown',
    });
    const pings = daemon.received.filter(({ header }) => header.program === 0x6b656570);
    expect(pings).toHaveLength(2);
  });

  it('gives back a call for which other calls leave no place, and never one that is on its way', async () => {
    const { daemon, connection } = connect();
    daemon.handle(procedures.domainResume, () => undefined);
    const held = Array.from({ length: 4 }, () =>
      connection.call(procedures.domainResume, { dom }, { placeWithinMs: 5 }),
    );
    const settled = Promise.allSettled(held);
    const fifth = connection.call(procedures.domainResume, { dom }, { placeWithinMs: 5 });
    await expect(fifth).rejects.toMatchObject({ code: 'call-no-place', outcome: 'not-sent' });
    expect(daemon.callsOf(procedures.domainResume)).toHaveLength(4);
    for (const { header } of daemon.callsOf(procedures.domainResume)) {
      daemon.reply(procedures.domainResume, header.serial, new Uint8Array(0));
    }
    expect((await settled).every(({ status }) => status === 'fulfilled')).toBe(true);
  });

  it('is lost when the peer talks on but does not take what is sent to it', async () => {
    const pair = streamPair();
    const stream: ByteStream = {
      closed: pair.client.closed,
      close: () => pair.client.close(),
      send: () => new Promise<void>(() => undefined),
      [Symbol.asyncIterator]: () => pair.client[Symbol.asyncIterator](),
    };
    const connection = new Connection(stream, { name: 'alpha', sendTimeoutMs: 20 });
    const daemon = new FakeDaemon(pair.server);
    daemon.sendRaw(pingPacket);
    await expect(connection.call(procedures.connectGetHostname, {})).rejects.toMatchObject({
      code: 'connection-lost',
      message: expect.stringContaining('has not taken what was sent to it for 20 ms') as string,
    });
  });

  it('logs and survives packets that no rule allows', async () => {
    const { daemon, connection, log } = connect();
    daemon.answer(procedures.connectGetHostname, () => ({ hostname: 'alpha.lab' }));
    const nothing = new Uint8Array(0);
    daemon.sendPacket(212, messageTypes.reply, 999, messageStatuses.ok, nothing);
    daemon.sendPacket(212, messageTypes.call, 1, messageStatuses.ok, nothing);
    daemon.sendPacket(9999, messageTypes.message, 0, messageStatuses.ok, nothing);
    daemon.sendPacket(201, messageTypes.stream, 5, messageStatuses.continue, nothing);
    daemon.sendPacket(212, 77, 1, 42, nothing);
    expect(await connection.call(procedures.connectGetHostname, {})).toEqual({ hostname: 'alpha.lab' });
    expect(log).toHaveLength(5);
  });

  it('fails only the call whose answer cannot be read', async () => {
    const { daemon, connection } = connect();
    daemon.handle(procedures.connectGetLibVersion, ({ header }) => {
      daemon.reply(procedures.connectGetLibVersion, header.serial, new Uint8Array(12));
    });
    daemon.answer(procedures.connectGetHostname, () => ({ hostname: 'alpha.lab' }));
    await expect(connection.call(procedures.connectGetLibVersion, {})).rejects.toThrow(ProtocolError);
    expect(await connection.call(procedures.connectGetHostname, {})).toEqual({ hostname: 'alpha.lab' });
  });
});

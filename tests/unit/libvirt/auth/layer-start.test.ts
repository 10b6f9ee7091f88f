import { expect, it } from 'vitest';

import { programs } from '../../../../electron/libvirt/protocol/procedure.ts';
import { procedures } from '../../../../electron/libvirt/index.ts';
import { Connection } from '../../../../electron/libvirt/rpc/connection.ts';
import { encodeFrame } from '../../../../electron/libvirt/rpc/frame-decoder.ts';
import { messageStatuses, messageTypes } from '../../../../electron/libvirt/rpc/header.ts';
import { encodeXdr } from '../../../../electron/libvirt/xdr/codec.ts';
import { FakeDaemon } from '../../../fakes/libvirt-daemon.ts';
import { streamPair } from '../../../fakes/stream-pair.ts';
import { framed, integrityLayers } from './layers.ts';

const start = procedures.authSaslStart;
const someEvent = 7;
const args = { mech: 'X', nil: true, data: new Uint8Array(0) };

function packet(procedure: number, type: number, serial: number, payload: Uint8Array): Uint8Array {
  const header = {
    program: programs.remote,
    version: 1,
    procedure,
    type,
    serial,
    status: messageStatuses.ok,
  };
  return encodeFrame(header, payload);
}

/** A connection whose daemon answers the login and, in the same bytes, sends what `behind` gives. */
function loggingIn(behind: (wrap: (plain: Uint8Array) => Uint8Array) => Uint8Array) {
  const pair = streamPair();
  const { client: layer, server } = integrityLayers();
  const daemon = new FakeDaemon(pair.server);
  daemon.handle(start, ({ header }) => {
    const done = encodeXdr(start.ret, { complete: true, nil: true, data: new Uint8Array(0) });
    const answer = packet(start.number, messageTypes.reply, header.serial, done);
    daemon.sendRaw(Buffer.concat([answer, behind((plain) => framed(server.wrap(plain)))]));
  });
  const connection = new Connection(pair.client, { name: 'alpha' });
  const heard: string[] = [];
  connection.onMessage(someEvent, (payload) => heard.push(Buffer.from(payload).toString()));
  return { connection, layer, heard };
}

it('decodes what follows the answer in the same bytes by the layer', async () => {
  const event = packet(someEvent, messageTypes.message, 0, Buffer.from('seen'));
  const { connection, layer, heard } = loggingIn((wrap) =>
    Buffer.concat([wrap(event.subarray(0, 10)), wrap(event.subarray(10))]),
  );
  await connection.callAndSecure(start, args, {}, () => layer);
  await expect.poll(() => heard).toEqual(['seen']);
  connection.close();
});

it('takes nothing in the clear behind the answer, however it looks', async () => {
  const slipped = packet(someEvent, messageTypes.message, 0, Buffer.from('slipped in'));
  const { connection, layer, heard } = loggingIn(() => Buffer.concat([slipped, slipped]));
  await connection.callAndSecure(start, args, {}, () => layer);
  await expect(connection.closed).resolves.toMatchObject({
    cause: { code: 'auth-layer-broken' },
  });
  expect(heard).toEqual([]);
});

it('starts no layer when the answer is not believed', async () => {
  const event = packet(someEvent, messageTypes.message, 0, Buffer.from('plain'));
  const { connection, heard } = loggingIn(() => event);
  const refused = new Error('not believed');
  const login = connection.callAndSecure(start, args, {}, () => {
    throw refused;
  });
  await expect(login).rejects.toBe(refused);
  await expect.poll(() => heard).toEqual(['plain']);
  connection.close();
});

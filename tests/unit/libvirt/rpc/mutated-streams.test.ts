import { describe, expect, it } from 'vitest';

import { ViaductError } from '../../../../electron/common/errors.ts';
import { domainEvents } from '../../../../electron/libvirt/protocol/events.ts';
import type { Procedure } from '../../../../electron/libvirt/protocol/procedure.ts';
import { procedures } from '../../../../electron/libvirt/protocol/procedures.ts';
import { Connection } from '../../../../electron/libvirt/rpc/connection.ts';
import { FrameDecoder } from '../../../../electron/libvirt/rpc/frame-decoder.ts';
import { messageTypes } from '../../../../electron/libvirt/rpc/header.ts';
import { CallUnansweredError, ProtocolError } from '../../../../electron/libvirt/rpc/rpc-errors.ts';
import { LibvirtError } from '../../../../electron/libvirt/protocol/libvirt-error.ts';
import { streamPair } from '../../../fakes/stream-pair.ts';
import { readRecordedMessages, type ReadMessage } from '../../../fixtures/libvirt/recorded-messages.ts';
import { effort, mutated, seeded, type Random } from '../mutation.ts';

const seed = 16_514;
const messages = 5000 * effort;
const messagesPerStream = 6;
const callsAtOnce = 4;

const recorded = readRecordedMessages();
const byNumber = new Map<number, Procedure<unknown, unknown>>(
  Object.values(procedures).map((procedure) => [procedure.number, procedure as Procedure<unknown, unknown>]),
);
/** Those that answer a procedure of ours without a stream, so that a call can be waiting for them. */
const answers = recorded.filter(({ header }) => {
  const procedure = byNumber.get(header.procedure);
  return header.type === messageTypes.reply && procedure !== undefined && !('stream' in procedure);
});
const download = recorded.find(({ what }) => what === 'reply of STORAGE_VOL_DOWNLOAD');
const vol = { pool: 'images', name: 'db01.qcow2', key: '/key' };

function pick<T>(list: readonly T[], random: Random): T {
  const item = list[random(list.length)];
  if (item === undefined) throw new Error('There is nothing to pick from.');
  return item;
}

function withSerial({ packet }: ReadMessage, serial: number): Buffer {
  const copy = Buffer.from(packet);
  copy.writeUInt32BE(serial, 20);
  return copy;
}

/** What a daemon says on one connection: answers to the calls that wait, data of the stream, other messages. */
function conversation(waiting: readonly ReadMessage[], random: Random): Buffer {
  const packets = waiting.map((message, index) => withSerial(message, 1 + index));
  while (packets.length < messagesPerStream) {
    const message = pick(recorded, random);
    packets.push(
      message.header.type === messageTypes.message ? Buffer.from(message.packet) : withSerial(message, 1),
    );
  }
  for (let index = packets.length - 1; index > 1; index -= 1) {
    // The answer that opens the stream stays first.
    const other = 1 + random(index);
    const [a, b] = [packets[index], packets[other]];
    if (a !== undefined && b !== undefined) [packets[index], packets[other]] = [b, a];
  }
  return Buffer.concat(packets.map((packet) => mutatedUnlessFirst(packet, packets[0], random)));
}

/** The answer that opens the stream stays whole mostly, and so do headers and lengths: else little comes to be read. */
function mutatedUnlessFirst(packet: Buffer, first: Buffer | undefined, random: Random): Buffer {
  if (packet === first && random(4) > 0) return packet;
  const [header, body] = [packet.subarray(0, 28), packet.subarray(28)];
  const changed = random(3) > 0 ? Buffer.concat([header, mutated(body, random)]) : mutated(packet, random);
  if (changed.length >= 28 && random(16) > 0) changed.writeUInt32BE(changed.length, 0);
  return changed;
}

type Ending = 'value' | 'refused' | 'unreadable' | 'unanswered';

function endingOf(error: unknown): Ending {
  if (error instanceof LibvirtError) return 'refused';
  if (error instanceof ProtocolError) return 'unreadable';
  if (error instanceof CallUnansweredError) return 'unanswered';
  throw error;
}

/** Feeds one stream of bytes to a connection with calls under way. @returns how each of them ended */
async function feed(random: Random): Promise<Ending[]> {
  const { client, server } = streamPair();
  const connection = new Connection(client, { name: 'alpha' });
  for (const { procedure } of Object.values(domainEvents)) connection.onMessage(procedure, () => undefined);
  const opening = connection.openStream(procedures.storageVolDownload, {
    vol,
    offset: 0n,
    length: 0n,
    flags: 0,
  });
  const asked = Array.from({ length: callsAtOnce - 1 }, () => pick(answers, random));
  const calls = asked.map(({ header }) => {
    const procedure = byNumber.get(header.procedure);
    if (procedure === undefined) throw new Error('This procedure is not known.');
    // The arguments were sent long ago: what counts here is what comes back.
    return connection.call({ ...procedure, args: procedures.authList.args }, {});
  });
  const reading = opening.then(async ({ stream }) => {
    let bytes = 0;
    for await (const chunk of stream) bytes += chunk.length;
    return bytes;
  });
  const bytes = conversation(download === undefined ? asked : [download, ...asked], random);
  for (let offset = 0; offset < bytes.length;) {
    const end = Math.min(bytes.length, offset + 1 + random(700));
    await server.send(bytes.subarray(offset, end)).catch(() => undefined);
    offset = end;
  }
  server.close();
  const settled = await Promise.allSettled([...calls, reading]);
  const closed = await connection.closed;
  if (closed !== undefined) expect(closed).toBeInstanceOf(ViaductError);
  return settled.map((outcome) => (outcome.status === 'fulfilled' ? 'value' : endingOf(outcome.reason)));
}

describe('a connection to a broken or hostile daemon', () => {
  it(`ends every call with a value or the typed error over ${messages} mutated messages (seed ${seed})`, async () => {
    const random = seeded(seed);
    const endings = new Map<Ending, number>();
    for (let stream = 0; stream < messages / messagesPerStream; stream += 1) {
      for (const ending of await feed(random)) endings.set(ending, (endings.get(ending) ?? 0) + 1);
    }
    // The search is worth its time only while it meets all of them.
    for (const ending of ['value', 'refused', 'unreadable', 'unanswered'] as const) {
      expect(endings.get(ending), ending).toBeGreaterThan(messages / 500);
    }
  });

  it(`cuts ${messages} mutated messages into packets or refuses them with the typed error (seed ${seed})`, () => {
    const random = seeded(seed);
    let packets = 0;
    let refusals = 0;
    for (let done = 0; done < messages; done += 1) {
      const decoder = new FrameDecoder();
      decoder.push(mutated(pick(recorded, random).packet, random));
      decoder.push(pick(recorded, random).packet);
      try {
        while (decoder.next() !== undefined) packets += 1;
      } catch (error) {
        refusals += 1;
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }
    expect(Math.min(packets, refusals)).toBeGreaterThan(messages / 10);
  });
});

import { readFileSync } from 'node:fs';

import { messageOf } from '../../../../electron/common/errors.ts';
import { procedures } from '../../../../electron/libvirt/protocol/procedures.ts';
import { FrameDecoder } from '../../../../electron/libvirt/rpc/frame-decoder.ts';
import { maxPacketBytes } from '../../../../electron/libvirt/rpc/header.ts';
import { decodeXdr, type Codec } from '../../../../electron/libvirt/xdr/codec.ts';

/**
 * A program of its own, so that what it takes of memory is its own: receives one message as large as they come, in
 * pieces, decodes it, and prints the peak of its memory above where it began, in MiB, and how it ended.
 */
interface Hostile {
  readonly codec: Codec<unknown>;
  /** Words at the start of the body; the unit then fills all that is left. */
  readonly words: readonly number[];
  readonly unit: Buffer;
  /** Bytes that come; fewer than were announced, for one. */
  readonly bytes: number;
}

const dom = [0, 0x1111_1111, 0x1111_1111, 0x1111_1111, 0x1111_1111, 1];
const stats = procedures.connectGetAllDomainStats.ret;
const integer = Buffer.from('000000000000000100000007', 'hex');

const messages: Readonly<Record<string, Hostile>> = {
  'a message that is only announced': { codec: stats, words: [], unit: integer, bytes: 1000 },
  'statistics with as many parameters as fit': {
    codec: stats,
    words: [1, ...dom, 262_144],
    unit: integer,
    bytes: maxPacketBytes,
  },
  'statistics of many guests with many parameters': {
    codec: stats,
    words: [16_384, ...dom, 200_000],
    unit: Buffer.concat([...Array.from({ length: 200_000 }, () => integer), words(dom), words([200_000])]),
    bytes: maxPacketBytes,
  },
  'texts that are not UTF-8': {
    codec: procedures.connectListAllNodeDevices.ret,
    words: [65_536],
    unit: Buffer.concat([words([504]), Buffer.alloc(504, 0xff)]),
    bytes: maxPacketBytes,
  },
  'texts of 4 MiB': {
    codec: procedures.connectGetCpuModelNames.ret,
    words: [8],
    unit: Buffer.concat([words([4_194_304]), Buffer.from('ā'), Buffer.alloc(4_194_302, 'a')]),
    bytes: maxPacketBytes,
  },
};

function words(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}

/** High-water mark of this process (`VmHWM` of proc(5)). */
function peakMiB(): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
}

function receive({ codec, words: first, unit, bytes }: Hostile): string {
  const decoder = new FrameDecoder();
  decoder.push(words([maxPacketBytes, 0x2000_8086, 1, 344, 1, 1, 0, ...first]));
  const piece = new Uint8Array(65_536);
  for (let sent = decoder.pendingBytes, place = 0; sent < bytes; sent += piece.length) {
    const room = piece.subarray(0, Math.min(piece.length, bytes - sent));
    for (let index = 0; index < room.length; index += 1, place += 1)
      room[index] = unit[place % unit.length] ?? 0;
    decoder.push(room);
  }
  const frame = decoder.next();
  if (frame === undefined) return 'is waited for';
  try {
    decodeXdr(codec, frame.payload);
    return 'was read';
  } catch (error) {
    return messageOf(error);
  }
}

const hostile = messages[process.argv[2] ?? ''];
if (hostile === undefined) throw new Error(`One of: ${Object.keys(messages).join(', ')}`);
const before = peakMiB();
const ending = receive(hostile);
process.stdout.write(JSON.stringify({ tookMiB: peakMiB() - before, ending }));

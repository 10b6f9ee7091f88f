import { expect, it } from 'vitest';
import { parseImageHeader } from '../../../../../electron/engine/preflight/facts/image-header.ts';

function qcow2(version: number, sizeBytes: bigint): Buffer {
  const head = Buffer.alloc(32);
  head.write('QFI\xfb', 'latin1');
  head.writeUInt32BE(version, 4);
  head.writeBigUInt64BE(sizeBytes, 24);
  return head;
}

it.each<[string, Uint8Array, number, object]>([
  ['qcow2', qcow2(3, 2n ** 40n), 196_616, { format: 'qcow2', capacityBytes: 2 ** 40 }],
  ['an old qcow2', qcow2(2, 512n), 196_616, { format: 'qcow2', capacityBytes: 512 }],
  ['anything else', Buffer.alloc(32), 1024, { format: 'raw', capacityBytes: 1024 }],
  ['qcow, the first', qcow2(1, 512n), 1024, { format: 'raw', capacityBytes: 1024 }],
  ['a file that is shorter', Buffer.from('QFI\xfb', 'latin1'), 4, { format: 'raw', capacityBytes: 4 }],
])('the header of %s', (_what, head, sizeBytes, expected) => {
  expect(parseImageHeader(head, sizeBytes)).toEqual(expected);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { domainEvents } from '../../../electron/libvirt/protocol/events.ts';
import { wireErrorCodec } from '../../../electron/libvirt/protocol/libvirt-error.ts';
import { procedures } from '../../../electron/libvirt/protocol/procedures.ts';
import { encodeFrame, FrameDecoder } from '../../../electron/libvirt/rpc/frame-decoder.ts';
import { ProtocolError } from '../../../electron/libvirt/rpc/rpc-errors.ts';
import { decodeXdr, encodeXdr, type Codec } from '../../../electron/libvirt/xdr/codec.ts';
import { XdrError } from '../../../electron/libvirt/xdr/xdr-error.ts';

const dom = { name: 'web01', uuid: '11111111-2222-3333-4444-555555555555', id: 1 };
const parameters = [
  { field: 'memory_total', type: 'ullong', value: 1_074_274_304n },
  { field: 'errmsg', type: 'string', value: 'none' },
] as const;

function sample<T>(name: string, codec: Codec<T>, value: T): [string, Codec<unknown>, Uint8Array] {
  return [name, codec, encodeXdr(codec, value)];
}

const samples = [
  sample('a domain list', procedures.connectListAllDomains.ret, { domains: [dom, dom, dom], ret: 3 }),
  sample('job statistics', procedures.domainGetJobStats.ret, { type: 2, params: parameters }),
  sample('bulk statistics', procedures.connectGetAllDomainStats.ret, {
    retStats: [{ dom, params: parameters }],
  }),
  sample('the answer of begin', procedures.domainMigrateBegin3Params.ret, {
    cookieOut: new Uint8Array(9),
    xml: '<domain/>',
  }),
  sample('the answer of prepare', procedures.domainMigratePrepare3Params.ret, {
    cookieOut: new Uint8Array(5),
    uriOut: 'tcp:b',
  }),
  sample('the security model', procedures.nodeGetSecurityModel.ret, { model: 'apparmor', doi: '0' }),
  sample('the host', procedures.nodeGetInfo.ret, {
    model: 'x86_64',
    memory: 9n,
    cpus: 2,
    mhz: 3,
    nodes: 1,
    sockets: 1,
    cores: 2,
    threads: 1,
  }),
  sample('an error', wireErrorCodec, {
    code: 42,
    domain: 10,
    message: 'm',
    level: 2,
    dom,
    str1: 'a',
    str2: undefined,
    str3: 'c',
    int1: -1,
    int2: 0,
    net: undefined,
  }),
  sample('a lifecycle event', domainEvents.lifecycle.message, {
    callbackId: 0,
    payload: { dom, event: 5, detail: 3 },
  }),
  sample('a completed job', domainEvents.jobCompleted.message, {
    callbackId: 1,
    payload: { dom, params: parameters },
  }),
];

/** Decodes to a value or fails with the one error for it. */
function decodeOrRefuse(codec: Codec<unknown>, bytes: Uint8Array): void {
  try {
    decodeXdr(codec, bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(XdrError);
  }
}

describe('messages of a broken or hostile daemon', () => {
  it.each(samples)('%s is refused at every truncation, and with bytes left over', (_name, codec, bytes) => {
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decodeXdr(codec, bytes.subarray(0, length))).toThrow(XdrError);
    }
    expect(() => decodeXdr(codec, Buffer.concat([bytes, new Uint8Array(4)]))).toThrow(XdrError);
  });

  it.each(samples)('%s with changed bytes is read or refused with the typed error', (_name, codec, bytes) => {
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const mutated = bytes.slice();
        for (const [offset, value] of changes) mutated[offset] = value;
        decodeOrRefuse(codec, mutated);
      }),
      { numRuns: 300 },
    );
  });

  it.each(samples)(
    '%s with a word replaced by an extreme one is read or refused, without its memory',
    (_name, codec, bytes) => {
      const before = process.memoryUsage().arrayBuffers;
      for (let offset = 0; offset + 4 <= bytes.length; offset += 4) {
        for (const word of [0xffffffff, 0x7fffffff, 0x80000000, 0x003fffff, 0x00004000]) {
          const mutated = Buffer.from(bytes);
          mutated.writeUInt32BE(word, offset);
          decodeOrRefuse(codec, mutated);
        }
      }
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8_000_000);
    },
  );

  it('any bytes are cut into packets or refused with the typed error', () => {
    const header = { program: 1, version: 1, procedure: 1, type: 1, serial: 1, status: 0 };
    const packet = encodeFrame(header, new Uint8Array(12));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(packet.length), (noise, cut) => {
        const decoder = new FrameDecoder();
        decoder.push(packet.subarray(0, cut));
        decoder.push(noise);
        try {
          while (decoder.next() !== undefined);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

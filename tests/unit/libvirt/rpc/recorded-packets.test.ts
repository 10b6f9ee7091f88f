import { describe, expect, it } from 'vitest';

import { LibvirtError, wireErrorCodec } from '../../../../electron/libvirt/protocol/libvirt-error.ts';
import type { Procedure } from '../../../../electron/libvirt/protocol/procedure.ts';
import { procedures } from '../../../../electron/libvirt/protocol/procedures.ts';
import { encodeFrame, FrameDecoder } from '../../../../electron/libvirt/rpc/frame-decoder.ts';
import { pingPacket, pongPacket } from '../../../../electron/libvirt/rpc/keepalive.ts';
import { decodeXdr, encodeXdr } from '../../../../electron/libvirt/xdr/codec.ts';
import { hex } from '../hex.ts';

interface Exchange<Args, Ret> {
  readonly procedure: Procedure<Args, Ret>;
  readonly serial: number;
  readonly args: Args;
  readonly call: string;
  readonly ret: Ret;
  readonly reply: string;
}

function exchange<Args, Ret>(recorded: Exchange<Args, Ret>): [string, () => void] {
  const { procedure, serial, args, ret } = recorded;
  const header = { program: procedure.program, version: 1, procedure: procedure.number, serial, status: 0 };
  return [
    procedure.name,
    () => {
      const call = encodeFrame({ ...header, type: 0 }, encodeXdr(procedure.args, args));
      expect(Buffer.from(call).toString('hex')).toBe(Buffer.from(hex(recorded.call)).toString('hex'));
      const decoder = new FrameDecoder();
      decoder.push(hex(recorded.reply));
      const frame = decoder.next();
      expect(frame?.header).toEqual({ ...header, type: 1 });
      expect(decodeXdr(procedure.ret, frame?.payload ?? new Uint8Array())).toEqual(ret);
      expect(decoder.pendingBytes).toBe(0);
    },
  ];
}

// Recorded from a libvirt 9.0.0 daemon.
const exchanges = [
  exchange({
    procedure: procedures.authList,
    serial: 1,
    args: {},
    call: '0000001c 20008086 00000001 00000042 00000000 00000001 00000000',
    ret: { types: [0] },
    reply: '00000024 20008086 00000001 00000042 00000001 00000001 00000000 00000001 00000000',
  }),
  exchange({
    procedure: procedures.connectSupportsFeature,
    serial: 2,
    args: { feature: 10 },
    call: '00000020 20008086 00000001 0000003c 00000000 00000002 00000000 0000000a',
    ret: { supported: true },
    reply: '00000020 20008086 00000001 0000003c 00000001 00000002 00000000 00000001',
  }),
  exchange({
    procedure: procedures.connectOpen,
    serial: 3,
    args: { name: 'qemu:///session', flags: 0 },
    call: `00000038 20008086 00000001 00000001 00000000 00000003 00000000
      00000001 0000000f 71656d75 3a2f2f2f 73657373 696f6e00 00000000`,
    ret: {},
    reply: '0000001c 20008086 00000001 00000001 00000001 00000003 00000000',
  }),
  exchange({
    procedure: procedures.connectGetLibVersion,
    serial: 4,
    args: {},
    call: '0000001c 20008086 00000001 0000009d 00000000 00000004 00000000',
    ret: { libVer: 9_000_000n },
    reply: '00000024 20008086 00000001 0000009d 00000001 00000004 00000000 00000000 00895440',
  }),
  exchange({
    procedure: procedures.connectDomainEventCallbackRegisterAny,
    serial: 7,
    args: { eventId: 0, dom: undefined },
    call: '00000024 20008086 00000001 0000013c 00000000 00000007 00000000 00000000 00000000',
    ret: { callbackId: 84 },
    reply: '00000020 20008086 00000001 0000013c 00000001 00000007 00000000 00000054',
  }),
  exchange({
    procedure: procedures.connectListAllDomains,
    serial: 8,
    args: { needResults: 1, flags: 0 },
    call: '00000024 20008086 00000001 00000111 00000000 00000008 00000000 00000001 00000000',
    ret: { domains: [], ret: 0 },
    reply: '00000024 20008086 00000001 00000111 00000001 00000008 00000000 00000000 00000000',
  }),
];

describe('packets recorded from a daemon', () => {
  it.each(exchanges)('%s is sent and read byte for byte as recorded', (_name, check) => check());

  it('keeps all eleven members of a recorded error', () => {
    const decoder = new FrameDecoder();
    decoder.push(
      hex(`000000c4 20008086 00000001 00000017 00000001 00000006 00000001
        0000002a 0000000a 00000001 00000035 446f6d61 696e206e 6f742066 6f756e64 3a206e6f 20646f6d 61696e20 77697468
        206d6174 6368696e 67206e61 6d652027 6e6f7065 27000000 00000002 00000000
        00000001 00000014 446f6d61 696e206e 6f742066 6f756e64 3a202573
        00000001 00000023 6e6f2064 6f6d6169 6e207769 7468206d 61746368 696e6720 6e616d65 20276e6f 70652700
        00000000 ffffffff ffffffff 00000000`),
    );
    const frame = decoder.next();
    const wire = decodeXdr(wireErrorCodec, frame?.payload ?? new Uint8Array());
    expect(wire).toEqual({
      code: 42,
      domain: 10,
      message: "Domain not found: no domain with matching name 'nope'",
      level: 2,
      dom: undefined,
      str1: 'Domain not found: %s',
      str2: "no domain with matching name 'nope'",
      str3: undefined,
      int1: -1,
      int2: -1,
      net: undefined,
    });
    expect(new LibvirtError(wire)).toMatchObject({
      code: 'libvirt-no-domain',
      errorCode: 42,
      errorDomain: 10,
    });
  });

  it('has ping and pong as recorded', () => {
    expect(Buffer.from(pingPacket)).toEqual(
      hex('0000001c 6b656570 00000001 00000001 00000002 00000000 00000000'),
    );
    expect(Buffer.from(pongPacket)).toEqual(
      hex('0000001c 6b656570 00000001 00000002 00000002 00000000 00000000'),
    );
  });
});

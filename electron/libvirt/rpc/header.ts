import { protocolVersion } from '../protocol/procedure.ts';
import type { TypeOf } from '../xdr/codec.ts';
import { struct } from '../xdr/composites.ts';
import { i32, u32 } from '../xdr/scalars.ts';

/** `struct virNetMessageHeader` of libvirt's virnetprotocol.x, without the length word in front of it. */
export const headerCodec = struct({
  program: u32,
  version: u32,
  procedure: i32,
  type: i32,
  serial: u32,
  status: i32,
});

export type Header = TypeOf<typeof headerCodec>;

export const messageTypes = { call: 0, reply: 1, message: 2, stream: 3, streamHole: 6 } as const;
export const messageStatuses = { ok: 0, error: 1, continue: 2 } as const;

export const lengthWordBytes = 4;
export const packetOverheadBytes = lengthWordBytes + headerCodec.minBytes;

/** Largest value of the length word: the limit of 32 MiB does not count the word itself (`VIR_NET_MESSAGE_MAX`). */
export const maxPacketBytes = 33_554_432 + lengthWordBytes;

/** Largest stream payload that every supported daemon accepts (`VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX`). */
export const maxStreamChunkBytes = 262_120;

/** The header of a packet that belongs to a call: the call itself, or data of the stream it opened. */
export function headerOf(
  call: { readonly program: number; readonly number: number },
  serial: number,
  type: number,
  status: number,
): Header {
  return { program: call.program, version: protocolVersion, procedure: call.number, type, serial, status };
}

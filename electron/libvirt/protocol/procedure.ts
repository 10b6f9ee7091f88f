import type { Codec } from '../xdr/codec.ts';
import { struct } from '../xdr/composites.ts';

/** Program numbers of libvirt's RPC family; all of them are at version 1. */
export const programs = {
  remote: 0x2000_8086,
  qemu: 0x2000_8087,
  keepalive: 0x6b65_6570,
} as const;

export const protocolVersion = 1;

/** Direction of the stream that a call opens, as seen from the client. */
export type StreamDirection = 'read' | 'write' | 'both';

/** One remote procedure: what it is called, what goes in and what comes out. */
export interface Procedure<Args, Ret> {
  readonly program: number;
  readonly number: number;
  /** The name in libvirt's protocol definition without `REMOTE_PROC_`. */
  readonly name: string;
  /** `high`: never waits for a guest, and is served even while all ordinary workers of the daemon hang. */
  readonly priority: 'high' | 'low';
  /** Takes as long as its work takes: no deadline applies unless the caller gives one. */
  readonly longRunning: boolean;
  readonly args: Codec<Args>;
  readonly ret: Codec<Ret>;
  readonly stream?: StreamDirection;
}

export type StreamProcedure<Args, Ret> = Procedure<Args, Ret> & { readonly stream: StreamDirection };

/** An empty argument or return struct. */
export const nothing = struct({});

interface Definition<Args, Ret> {
  number: number;
  name: string;
  priority: 'high' | 'low';
  longRunning?: boolean;
  args: Codec<Args>;
  ret: Codec<Ret>;
}

export function remoteProcedure<Args, Ret>(definition: Definition<Args, Ret>): Procedure<Args, Ret> {
  return { program: programs.remote, longRunning: false, ...definition };
}

export function remoteStreamProcedure<Args, Ret>(
  definition: Definition<Args, Ret> & { stream: StreamDirection },
): StreamProcedure<Args, Ret> {
  return { program: programs.remote, longRunning: false, ...definition };
}

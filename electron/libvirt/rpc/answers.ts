import { LibvirtError, wireErrorCodec } from '../protocol/libvirt-error.ts';
import type { Procedure } from '../protocol/procedure.ts';
import { decodeXdr } from '../xdr/codec.ts';
import { XdrError } from '../xdr/xdr-error.ts';
import type { Answer, CallKey } from './call-table.ts';
import { messageStatuses } from './header.ts';
import { ProtocolError } from './rpc-errors.ts';

/** What the daemon returned. @throws what it answered instead: `LibvirtError`, or `ProtocolError` if unreadable */
export function decodeAnswer<Args, Ret>(procedure: Procedure<Args, Ret>, { header, payload }: Answer): Ret {
  if (header.status === messageStatuses.error) throw decodeError(payload, procedure);
  if (header.status !== messageStatuses.ok) {
    throw new ProtocolError(
      `The answer to ${procedure.name} has the status ${header.status}, which cannot be.`,
    );
  }
  try {
    return decodeXdr(procedure.ret, payload);
  } catch (error) {
    const isTooLarge = error instanceof XdrError && error.kind === 'limit';
    const fault = isTooLarge ? 'is larger than this client takes' : 'is not what the protocol says';
    throw new ProtocolError(`The answer to ${procedure.name} ${fault}.`, { cause: error });
  }
}

/** The error that the daemon sent in answer to a call or on its stream. */
export function decodeError(payload: Uint8Array, key: CallKey): Error {
  try {
    return new LibvirtError(decodeXdr(wireErrorCodec, payload));
  } catch (error) {
    return new ProtocolError(`The daemon refused ${key.name} with an unreadable error.`, { cause: error });
  }
}

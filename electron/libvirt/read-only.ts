import { ViaductError } from '../common/errors.ts';
import { errorCodes, LibvirtError } from './protocol/libvirt-error.ts';
import { isReader } from './protocol/procedure-access.ts';
import type { CallKey } from './rpc/call-table.ts';

/** The call needs write access and the connection is read-only: nothing was done. */
export class ReadOnlyError extends ViaductError {
  constructor(host: string, procedure: string, cause?: unknown) {
    super('read-only', `The connection to ${host} is read-only, and ${procedure} needs write access.`, {
      ...(cause !== undefined && { cause }),
      remedy: `Add ${host} again without "read-only", as a user with full access.`,
    });
  }
}

/** @throws {ReadOnlyError} for what a read-only connection would refuse */
export function requireReader(host: string, procedure: CallKey): void {
  if (!isReader(procedure)) throw new ReadOnlyError(host, procedure.name);
}

/** What a read-only connection's call failed with: some procedures need write access for some of their flags only. */
export function readOnlyFailure(host: string, procedure: CallKey, error: unknown): unknown {
  const isRefusal =
    error instanceof LibvirtError &&
    (error.errorCode === errorCodes.operationDenied || error.errorCode === errorCodes.accessDenied);
  return isRefusal ? new ReadOnlyError(host, procedure.name, error) : error;
}

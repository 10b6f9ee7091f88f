import { errorCodes, errorDomains, isLibvirtError, ReadOnlyError } from '../../libvirt/index.ts';
import type { CallOptions } from '../../libvirt/index.ts';
import { DaemonError } from './migration-link.ts';

/**
 * The run keeps its own deadlines, by its own clock. A call that waited for a lost connection to come back could be
 * carried out long after the run decided otherwise.
 */
export const unlimited: CallOptions = { deadlineMs: Infinity, whenDisconnected: 'fail' };

/** Tells a daemon's refusal from the want of an answer. @throws {DaemonError} it was refused */
export async function answered<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ReadOnlyError) {
      throw new DaemonError(errorCodes.operationDenied, errorDomains.rpc, error.message, { cause: error });
    }
    if (!isLibvirtError(error)) throw error;
    throw new DaemonError(error.errorCode, error.errorDomain, error.message, { cause: error });
  }
}

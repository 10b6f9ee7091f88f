import { CallAbandonedError } from './rpc/rpc-errors.ts';
import type { RpcStream } from './rpc/stream.ts';
import { messageOf } from '../common/errors.ts';

/**
 * Does the work of a stream that is given up when `signal` fires, and whenever the work fails: the daemon lets go of
 * it, and the connection can be used again.
 *
 * @throws {CallAbandonedError} when the signal fired first
 */
export async function untilAborted<T>(
  stream: RpcStream,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(abandoned(signal?.reason));
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  try {
    return await Promise.race([work(), aborted.promise]);
  } catch (error) {
    await stream.abort();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

function abandoned(reason: unknown): CallAbandonedError {
  const why = reason === undefined ? '' : ` (${messageOf(reason)})`;
  return new CallAbandonedError(`The transfer was given up${why}.`, 'unknown', { cause: reason });
}

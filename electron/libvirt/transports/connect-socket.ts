import type { Socket } from 'node:net';

import { messageOf } from '../../common/errors.ts';
import { TransportError } from './transport-errors.ts';

export interface ConnectOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default 5000. */
  readonly timeoutMs?: number | undefined;
}

export const defaultConnectTimeoutMs = 5000;

/**
 * Waits for `readyEvent` of a socket that is connecting; destroys the socket when that does not come.
 *
 * `explain` turns the socket's own error into one for the admin.
 */
export function untilReady(
  socket: Socket,
  readyEvent: 'connect' | 'secureConnect',
  where: string,
  explain: (error: Error) => TransportError,
  { signal, timeoutMs = defaultConnectTimeoutMs }: ConnectOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.removeListener(readyEvent, onReady);
      socket.removeListener('error', onError);
      socket.removeListener('close', onClose);
      if (error === undefined) {
        resolve();
        return;
      }
      // A socket that is being destroyed may still report an error, which nobody waits for any more.
      socket.on('error', () => undefined);
      socket.destroy();
      reject(error);
    };
    const onReady = (): void => settle();
    const onError = (error: Error): void => settle(explain(error));
    const onClose = (): void =>
      settle(new TransportError('transport-unreachable', `${where} closed the connection at once.`));
    const onAbort = (): void => {
      const why = messageOf(signal?.reason);
      settle(
        new TransportError('transport-cancelled', `Connecting to ${where} was given up (${why}).`, {
          cause: signal?.reason,
        }),
      );
    };
    const timer = setTimeout(() => {
      settle(new TransportError('transport-timeout', `${where} did not answer within ${timeoutMs} ms.`));
    }, timeoutMs);
    socket.once(readyEvent, onReady);
    socket.once('error', onError);
    socket.once('close', onClose);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
  });
}

import type { Socket } from 'node:net';

import type { ByteStream } from '../../common/byte-stream.ts';
import { ViaductError } from '../../common/errors.ts';
import { isPrematureClose } from './premature-close.ts';

/**
 * A connected socket as a byte stream.
 *
 * Reading pulls from the socket's own buffer, so a reader that stops also stops the peer.
 */
export class SocketStream implements ByteStream {
  readonly closed: Promise<Error | undefined>;
  readonly #socket: Socket;
  readonly #waitingSends = new Set<(error: Error) => void>();
  #failure: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    this.closed = promise;
    socket.on('error', (error) => (this.#failure ??= error));
    socket.on('close', () => {
      for (const reject of this.#waitingSends) reject(this.#failure ?? streamClosed());
      this.#waitingSends.clear();
      resolve(this.#failure);
    });
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (this.#socket.destroyed || this.#socket.writableEnded) throw this.#failure ?? streamClosed();
    await new Promise<void>((resolve, reject) => {
      this.#waitingSends.add(reject);
      this.#socket.write(bytes, (error) => {
        this.#waitingSends.delete(reject);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of this.#socket) yield chunk as Buffer;
    } catch (error) {
      // Node reports our own close() of a socket that is being read as a premature end.
      if (this.#failure !== undefined) throw this.#failure;
      if (!isPrematureClose(error)) throw error;
    } finally {
      this.close();
    }
  }
}

function streamClosed(): ViaductError {
  return new ViaductError('stream-closed', 'The stream is closed.');
}

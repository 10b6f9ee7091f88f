import type { ClientChannel } from 'ssh2';
import type { ByteStream } from '../common/byte-stream.ts';
import { SshError } from './errors.ts';
import type { Link } from './link.ts';

/** How long a command may take to end after its output did, before its channel is closed on it. */
const EXIT_GRACE_MS = 5000;

/**
 * An SSH channel as a byte stream.
 *
 * Reading pulls: what is not read stays in ssh2's buffer, and the host may send 2 MiB at most beyond it. Sending
 * waits for the host's window.
 *
 * `verdict` is asked once the channel has ended on the host's side, for what its end means: undefined for an
 * orderly one.
 */
export class ChannelStream implements ByteStream {
  readonly closed: Promise<Error | undefined>;
  readonly #channel: ClientChannel;
  readonly #verdict: () => Error | undefined;
  readonly #settleClosed: (error: Error | undefined) => void;
  #forgetLink = (): void => undefined;
  /** Rejections of sends that wait; ssh2 never calls back for a write on a channel that ended. */
  readonly #waitingSends = new Set<(error: Error) => void>();
  #end: { error: Error | undefined } | undefined;
  #wakeReader: (() => void) | undefined;

  constructor(channel: ClientChannel, link: Link, verdict: () => Error | undefined = () => undefined) {
    this.#channel = channel;
    this.#verdict = verdict;
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    this.closed = promise;
    this.#settleClosed = resolve;
    channel.on('error', (error: Error) => this.#finish(error));
    channel.on('readable', () => (this.#end ? this.#discard() : this.#wake()));
    channel.on('end', () => this.#hostEnded());
    channel.on('close', () => this.#hostClosed());
    this.#forgetLink = link.onEnd((error) => this.#finish(error ?? closedHere()));
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (this.#end) throw this.#end.error ?? closedHere();
    await new Promise<void>((resolve, reject) => {
      this.#waitingSends.add(reject);
      this.#channel.write(bytes, (error) => {
        this.#waitingSends.delete(reject);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  close(): void {
    this.#finish(undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    try {
      for (;;) {
        const chunk = this.#channel.read() as Buffer | null;
        if (chunk) yield chunk;
        else if (this.#end) break;
        else {
          await new Promise<void>((resolve) => {
            this.#wakeReader = resolve;
          });
        }
      }
      if (this.#end.error) throw this.#end.error;
    } finally {
      this.close();
    }
  }

  /** What comes after the end is dropped: ssh2 is done with a channel only when all of it was read. */
  #discard(): void {
    while (this.#channel.read() !== null);
  }

  #wake(): void {
    this.#wakeReader?.();
    this.#wakeReader = undefined;
  }

  /** All that the host sent was read. A command's exit status comes after this. */
  #hostEnded(): void {
    if (this.#end) return;
    if (this.#channel.type !== 'session') {
      this.#finish(undefined);
      return;
    }
    this.#channel.end();
    const timer = setTimeout(() => this.#finish(undefined), EXIT_GRACE_MS);
    void this.closed.then(() => clearTimeout(timer));
  }

  #hostClosed(): void {
    this.#finish(this.#verdict());
  }

  #finish(error: Error | undefined): void {
    if (this.#end) return;
    this.#end = { error };
    this.#forgetLink();
    this.#channel.destroy();
    this.#discard();
    for (const reject of this.#waitingSends) reject(error ?? closedHere());
    this.#waitingSends.clear();
    this.#settleClosed(error);
    this.#wake();
  }
}

function closedHere(): SshError {
  return new SshError('ssh-cancelled', 'The stream was closed on this side.', {
    remedy: 'Open it again when you want to go on.',
  });
}

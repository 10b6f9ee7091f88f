import type { ByteStream } from '../../common/byte-stream.ts';
import { messageOf } from '../../common/errors.ts';
import { printable } from '../../common/printable.ts';
import { pingPacket, pongPacket } from '../rpc/keepalive.ts';
import { ContinuedStream } from './continued-stream.ts';
import { TransportError } from './transport-errors.ts';

interface ProbeOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** What carries the connection, to begin a sentence with. */
  readonly carrier: string;
}

/**
 * Proves that a libvirt daemon is at the other end: sends a keepalive ping, which daemons answer even before the
 * login, and takes nothing but the answer. The returned stream goes on behind it.
 */
export async function probePeer(
  stream: ByteStream,
  { timeoutMs, signal, carrier }: ProbeOptions,
): Promise<ByteStream> {
  const reader = stream[Symbol.asyncIterator]();
  const cancel = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    cancel.reject(
      new TransportError('transport-timeout', `The libvirt daemon did not answer within ${timeoutMs} ms.`),
    );
  }, timeoutMs);
  const onAbort = (): void => {
    const reason: unknown = signal?.reason;
    cancel.reject(
      new TransportError('transport-cancelled', `Connecting was given up (${messageOf(reason)}).`, {
        cause: reason,
      }),
    );
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal?.aborted === true) onAbort();
    const rest = await Promise.race([exchange(stream, reader, carrier), cancel.promise]);
    return new ContinuedStream(stream, reader, rest);
  } catch (error) {
    stream.close();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

async function exchange(
  stream: ByteStream,
  reader: AsyncIterator<Uint8Array>,
  carrier: string,
): Promise<Uint8Array> {
  // A stream that breaks at once says why when it is read.
  const sent = stream.send(pingPacket).catch(() => undefined);
  let received = Buffer.alloc(0);
  while (received.length < pongPacket.length) {
    const next = await reader.next();
    if (next.done === true) throw endedEarly(received, carrier);
    received = Buffer.concat([received, next.value]);
    const comparable = received.subarray(0, pongPacket.length);
    if (!comparable.equals(pongPacket.subarray(0, comparable.length))) throw polluted(received, carrier);
  }
  await sent;
  return received.subarray(pongPacket.length);
}

function endedEarly(received: Uint8Array, carrier: string): TransportError {
  const when = received.length === 0 ? 'before its first answer' : 'in the middle of its first answer';
  return new TransportError('transport-silent', `${carrier} ended ${when}.`, {
    remedy: 'Check that it reaches the socket of a libvirt daemon that runs.',
  });
}

function polluted(received: Buffer, carrier: string): TransportError {
  const text = printable(received.toString('utf8'), 120).replaceAll(/\s+/g, ' ').trim();
  return new TransportError(
    'transport-polluted',
    `${carrier} brings other text before libvirt answers: "${text}".`,
    {
      remedy:
        "Make the login user's shell profile, and what runs before the daemon, print nothing to standard output.",
    },
  );
}

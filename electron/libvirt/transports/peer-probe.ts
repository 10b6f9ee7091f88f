import type { ByteStream } from '../../common/byte-stream.ts';
import { messageOf } from '../../common/errors.ts';
import { pingPacket, pongPacket } from '../rpc/keepalive.ts';
import { ContinuedStream } from './continued-stream.ts';
import { TransportError } from './transport-errors.ts';

interface ProbeOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Proves that a libvirt daemon is at the other end: sends a keepalive ping, which daemons answer even before the
 * login, and takes nothing but the answer. The returned stream goes on behind it.
 */
export async function probePeer(
  stream: ByteStream,
  { timeoutMs, signal }: ProbeOptions,
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
    const rest = await Promise.race([exchange(stream, reader), cancel.promise]);
    return new ContinuedStream(stream, reader, rest);
  } catch (error) {
    stream.close();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

async function exchange(stream: ByteStream, reader: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  // A stream that breaks at once says why when it is read.
  const sent = stream.send(pingPacket).catch(() => undefined);
  let received = Buffer.alloc(0);
  while (received.length < pongPacket.length) {
    const next = await reader.next();
    if (next.done === true) throw endedEarly(received);
    received = Buffer.concat([received, next.value]);
    const comparable = received.subarray(0, pongPacket.length);
    if (!comparable.equals(pongPacket.subarray(0, comparable.length))) throw polluted(received);
  }
  await sent;
  return received.subarray(pongPacket.length);
}

function endedEarly(received: Uint8Array): TransportError {
  const when = received.length === 0 ? 'before its first answer' : 'in the middle of its first answer';
  return new TransportError('ssh-no-way', `The program on the host ended ${when}.`);
}

function polluted(received: Buffer): TransportError {
  const text = received
    .toString('utf8')
    .replace(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, ' ')
    .trim()
    .slice(0, 120);
  return new TransportError(
    'ssh-banner-pollution',
    `Something on the host prints text into the connection before libvirt answers: "${text}".`,
    { remedy: "Make the login user's shell profile print nothing for non-interactive shells." },
  );
}

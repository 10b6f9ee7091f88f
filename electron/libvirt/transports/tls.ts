import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, connect, type ConnectionOptions } from 'node:tls';

import type { AgreedCipher } from '../../common/agreed-cipher.ts';
import type { ByteStream } from '../../common/byte-stream.ts';
import { defaultPorts, type ParsedUri } from '../uri.ts';
import { defaultConnectTimeoutMs, untilReady, type ConnectOptions } from './connect-socket.ts';
import { ContinuedStream } from './continued-stream.ts';
import { placeOf } from './network-failures.ts';
import { PacketwiseStream } from './packetwise-stream.ts';
import { SocketStream } from './socket-stream.ts';
import { clientRefused, explainTlsFailure } from './tls-failures.ts';
import { loadTlsCredentials, type TlsCredentials } from './tls-files.ts';
import { faultOf, type CertificateFault } from './tls-own-certificates.ts';
import { parseTlsPriority, type TlsPriority } from './tls-priority.ts';
import { TransportError } from './transport-errors.ts';

export interface TlsStreamOptions extends ConnectOptions {
  readonly server: string;
  readonly port?: number | undefined;
  /** Folder with `cacert.pem`, `clientcert.pem`, `clientkey.pem`; else the user's and the system's places. */
  readonly pkipath?: string | undefined;
  /** `false` connects to any server (`no_verify=1`); say so wherever this connection is shown. */
  readonly verifyServer?: boolean | undefined;
  /** `false` leaves out the check of our own files before connecting (`no_sanity=1`). */
  readonly checkOwnFiles?: boolean | undefined;
  readonly priority?: TlsPriority | undefined;
  /** Told what was agreed on and shown, once all checks have passed. */
  readonly onHandshake?: ((handshake: TlsHandshake) => void) | undefined;
}

/** What both ends showed and agreed on. */
export interface TlsHandshake {
  port: number;
  server: {
    subject: string;
    /** SHA-256 of the DER, upper-case hex with colons. */
    fingerprint: string;
  };
  /** The subject of our certificate; `undefined` where there is none. */
  client: string | undefined;
  cipher: AgreedCipher;
}

/** The byte that the daemon sends once it has accepted the client's certificate. */
const accepted = 1;

/**
 * Connects to a daemon's TLS port, both sides proving who they are: chain, dates, usage, revocation list where
 * there is one, and name of the server are checked here, then the daemon's verdict on our certificate is awaited.
 *
 * @throws {TransportError}
 */
export async function openTlsStream(options: TlsStreamOptions): Promise<ByteStream> {
  const { server, port = defaultPorts.tls } = options;
  const credentials = await loadTlsCredentials(options.pkipath);
  const fault = options.checkOwnFiles === false ? undefined : faultOf(credentials);
  if (fault !== undefined) throw ownFault(fault);
  const where = placeOf(server, port);
  const socket = connectSafely(where, {
    ...secureOptions(credentials, options),
    ...addressOf(server, port),
  });
  const stream = new PacketwiseStream(new SocketStream(socket));
  const explain = (error: Error): TransportError => explainTlsFailure(where, error, credentials);
  await untilReady(socket, 'secureConnect', where, explain, options);
  socket.setNoDelay(true);
  const admitted = await awaitVerdict(stream, where, credentials, options);
  const shown = socket.getPeerX509Certificate();
  const protocol = socket.getProtocol();
  if (shown && protocol !== null) {
    const client = socket.getX509Certificate();
    options.onHandshake?.({
      port,
      server: { subject: subjectOf(shown), fingerprint: shown.fingerprint256 },
      client: client && subjectOf(client),
      cipher: { protocol, suite: socket.getCipher().name },
    });
  }
  return admitted;
}

function subjectOf({ subject }: X509Certificate): string {
  return subject.split('\n').join(', ');
}

/** The TLS transport of a connect URI. @throws {TransportError} */
export function openTlsTransport(
  uri: ParsedUri,
  signal?: AbortSignal,
  onHandshake?: TlsStreamOptions['onHandshake'],
): Promise<ByteStream> {
  const { server = 'localhost', port, parameters } = uri;
  const { pkipath, noVerify, noSanity, tlsPriority } = parameters;
  return openTlsStream({
    server,
    port,
    pkipath,
    verifyServer: !noVerify,
    checkOwnFiles: !noSanity,
    priority: tlsPriority === undefined ? undefined : parseTlsPriority(tlsPriority),
    signal,
    onHandshake,
  });
}

function secureOptions({ ca, crl, client }: TlsCredentials, options: TlsStreamOptions): ConnectionOptions {
  const { minVersion = 'TLSv1.2', maxVersion, ciphers } = options.priority ?? {};
  return {
    ca: ca.pem,
    ...(crl && { crl: crl.pem }),
    ...(client && { cert: client.cert.pem, key: client.key.pem }),
    minVersion,
    ...(maxVersion && { maxVersion }),
    ...(ciphers !== undefined && { ciphers }),
    rejectUnauthorized: options.verifyServer ?? true,
  };
}

function addressOf(server: string, port: number): ConnectionOptions {
  const [withoutZone = server] = server.split('%');
  return {
    host: server,
    port,
    // RFC 6066 forbids addresses in SNI.
    servername: isIP(server) === 0 ? server : '',
    checkServerIdentity: (_name, certificate) => checkServerIdentity(withoutZone, certificate),
  };
}

function ownFault({ path, what }: CertificateFault): TransportError {
  return new TransportError('tls-files', `${path} ${what}.`, {
    side: 'client',
    remedy: `Replace ${path} of this workstation; no_sanity=1 would connect with it nevertheless.`,
  });
}

function connectSafely(where: string, options: ConnectionOptions): ReturnType<typeof connect> {
  try {
    return connect(options);
  } catch (cause) {
    throw new TransportError('tls-files', `The certificate files for ${where} cannot be used.`, {
      cause,
      side: 'client',
      remedy:
        'Check that the client certificate and its key belong together and are PEM files without a passphrase.',
    });
  }
}

async function awaitVerdict(
  stream: ByteStream,
  where: string,
  credentials: TlsCredentials,
  { signal, timeoutMs = defaultConnectTimeoutMs }: ConnectOptions,
): Promise<ByteStream> {
  const reader = stream[Symbol.asyncIterator]();
  let gaveUp: TransportError | undefined;
  const giveUp = (error: TransportError): void => {
    gaveUp = error;
    stream.close();
  };
  const onAbort = (): void =>
    giveUp(
      new TransportError('transport-cancelled', `Connecting to ${where} was given up.`, {
        cause: signal?.reason,
      }),
    );
  const timer = setTimeout(() => {
    giveUp(
      new TransportError(
        'transport-timeout',
        `${where} did not accept our certificate within ${timeoutMs} ms.`,
      ),
    );
  }, timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const first = await reader.next();
    if (first.done !== true && first.value[0] === accepted) {
      return new ContinuedStream(stream, reader, first.value.subarray(1));
    }
    throw gaveUp ?? clientRefused(where, credentials);
  } catch (error) {
    stream.close();
    throw error instanceof TransportError ? error : (gaveUp ?? clientRefused(where, credentials, error));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

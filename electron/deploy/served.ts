import { connect, type PeerCertificate } from 'node:tls';
import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseCertificates, type Certificate } from '../pki/certificate.ts';
import { toPem } from '../pki/pem.ts';
import type { PkiHost } from './pki-host.ts';

const handshakeMs = 8000;
/** A firewall that swallows what comes from here lets nobody wait for the handshake's own time. */
const connectMs = 2500;

/** A certificate that a daemon showed, and who saw it. */
export interface Served {
  certificate: Certificate;
  seenFrom: string;
}

/**
 * What the daemon of a host shows at its TLS port, seen from this machine, else from another host, else from the
 * host itself. Nothing is verified: that it is shown is what is asked. `undefined`: nobody saw one.
 */
export async function servedCertificate(
  host: PkiHost,
  others: readonly PkiHost[],
  signal?: AbortSignal,
): Promise<Served | undefined> {
  const { port } = host.facts.tls;
  const here = await showCertificate(host.name, port, signal);
  if (here !== undefined) return { certificate: here, seenFrom: 'this machine' };
  for (const other of [...others.filter(({ name }) => name !== host.name), host]) {
    if (!other.hasOpenssl) continue;
    const target = `${isIP(host.name) === 6 ? `[${host.name}]` : host.name}:${port}`;
    const { output } = await other.probe.ask([
      ...['timeout', '-k', '2', String(handshakeMs / 1000)],
      ...['openssl', 's_client', '-connect', target, '-verify_quiet'],
    ]);
    const certificate = firstCertificate(output);
    if (certificate !== undefined) return { certificate, seenFrom: other.name };
  }
  return undefined;
}

/** Asks until the certificate with this fingerprint is shown, or the time is over. @returns what was seen last */
export async function awaitServed(
  host: PkiHost,
  others: readonly PkiHost[],
  fingerprint: string,
  { timeoutMs = 20_000, signal }: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Served | undefined> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const served = await servedCertificate(host, others, signal);
    if (served?.certificate.fingerprint === fingerprint || performance.now() >= end) return served;
    await delay(250, undefined, { signal });
  }
}

/** The certificate that a TLS server shows to this machine. */
export function showCertificate(
  host: string,
  port: number,
  signal?: AbortSignal,
): Promise<Certificate | undefined> {
  return new Promise((resolve) => {
    // Verified by nobody here: nothing is sent, and who it is shown by is what the caller compares.
    const socket = connect({
      host,
      port,
      rejectUnauthorized: false,
      timeout: connectMs,
      ...(isIP(host) === 0 && { servername: host }),
    });
    const end = (peer?: PeerCertificate): void => {
      signal?.removeEventListener('abort', giveUp);
      socket.destroy();
      resolve(peer?.raw === undefined ? undefined : firstCertificate(toPem('CERTIFICATE', peer.raw)));
    };
    const giveUp = (): void => end();
    signal?.addEventListener('abort', giveUp);
    socket.on('connect', () => socket.setTimeout(handshakeMs));
    socket.on('secureConnect', () => end(socket.getPeerCertificate()));
    socket.on('timeout', giveUp);
    socket.on('error', giveUp);
    socket.on('close', giveUp);
  });
}

function firstCertificate(text: string): Certificate | undefined {
  try {
    return parseCertificates(text)[0];
  } catch {
    return undefined;
  }
}

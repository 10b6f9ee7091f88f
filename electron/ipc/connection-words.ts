import type { DataStream } from '../engine/data-stream.ts';
import type { StreamConnection } from '../engine/stream-connection.ts';

/** One fact about a connection, in words. */
export interface ConnectionFact {
  label: 'Name' | 'Identity' | 'Login' | 'Cipher' | 'Port';
  value: string;
  /** What belongs to the value and need not be read at once. */
  note?: string;
}

const carriers = {
  'ssh-session': 'inside the SSH session',
  'daemons-connection': 'inside the daemons’ connection',
  socket: 'a socket of this machine',
} as const;

/**
 * What is known of a connection, in the same words for the command line, the screen and a receipt.
 *
 * @param encrypted whether it has a cipher that could be known
 */
export function connectionFacts(connection: StreamConnection, encrypted: boolean): ConnectionFact[] {
  const { address, expectedName, identity, login, cipher, port } = connection;
  const isOnHost = port?.kind === 'inside' && port.carrier === 'socket';
  return [
    ...fact('Name', address && nameWords(address, expectedName)),
    ...fact('Identity', identity && `${identity.what}, ${identity.subject}`, hostKeyOf(identity)),
    ...fact('Login', login),
    ...(encrypted && !isOnHost ? cipherFact(cipher) : []),
    ...fact('Port', port && portWords(port)),
  ];
}

/** A line for each connection of a stream, with all that is known of it. */
export function connectionLines({
  connections = [],
  encrypted,
}: Pick<DataStream, 'connections' | 'encrypted'>): string[] {
  return connections.map((connection) =>
    connectionFacts(connection, encrypted)
      .map(({ label, value, note }) => `${label.toLowerCase()} ${value}${note ? ` (${note})` : ''}`)
      .join('; '),
  );
}

/** As `port 22` or `ports 49152–49215`; `undefined` for what has none of its own. */
export function ownPort(port: StreamConnection['port']): string | undefined {
  switch (port?.kind) {
    case 'port':
      return `port ${port.number}`;
    case 'range':
      return `ports ${port.first}–${port.last}`;
    default:
      return undefined;
  }
}

function nameWords(address: string, expectedName: string | undefined): string {
  if (expectedName === undefined) return address;
  return expectedName === address
    ? `${address}, which its certificate has to name`
    : `${address}; its certificate has to name ${expectedName}`;
}

/** A key has no name of its own; a certificate is told by its subject. */
function hostKeyOf(identity: StreamConnection['identity']): string | undefined {
  return identity?.fingerprint.startsWith('SHA256:') ? identity.fingerprint : undefined;
}

function cipherFact(cipher: StreamConnection['cipher']): ConnectionFact[] {
  if (cipher === undefined) return fact('Cipher', 'not known before it runs');
  const note =
    cipher.seenIn === 'trial'
      ? 'in a trial with OpenSSL; QEMU and libvirt use GnuTLS, which may agree on another'
      : undefined;
  return fact('Cipher', `${cipher.protocol}, ${cipher.suite}`, note);
}

function portWords(port: StreamConnection['port'] & object): string {
  switch (port.kind) {
    case 'port':
      return String(port.number);
    case 'range':
      return `one of ${port.first}–${port.last}`;
    case 'inside':
      return `none of its own: ${carriers[port.carrier]}`;
  }
}

function fact(label: ConnectionFact['label'], value: string | undefined, note?: string): ConnectionFact[] {
  return value === undefined ? [] : [{ label, value, ...(note !== undefined && { note }) }];
}

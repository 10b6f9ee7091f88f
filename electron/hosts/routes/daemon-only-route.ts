import type { ByteStream } from '../../common/byte-stream.ts';
import {
  openExtTransport,
  openTcpTransport,
  openTlsTransport,
  parseTlsPriority,
  type ParsedUri,
} from '../../libvirt/index.ts';
import type { SeenConnection } from '../seen-connection.ts';
import type { HostSecurity } from '../snapshots.ts';
import type { Route } from './route.ts';

interface Way {
  readonly transport: string;
  readonly encrypted: boolean;
  readonly notes?: readonly string[];
  readonly security: HostSecurity;
  readonly open: (
    signal: AbortSignal | undefined,
    saw: (connection: SeenConnection) => void,
  ) => Promise<ByteStream>;
}

/**
 * A way that carries libvirt's protocol and nothing else: no shell, and libvirtd and virtproxyd look alike. Each stream
 * is a connection of its own and ends with the client that uses it.
 */
class DaemonOnlyRoute implements Route {
  readonly transport: string;
  readonly encrypted: boolean;
  readonly notes: readonly string[];
  readonly security: HostSecurity;
  readonly #open: Way['open'];
  #seen: SeenConnection | undefined;

  constructor({ transport, encrypted, notes = [], security, open }: Way) {
    this.transport = transport;
    this.encrypted = encrypted;
    this.notes = notes;
    this.security = security;
    this.#open = open;
  }

  get seen(): SeenConnection | undefined {
    return this.#seen;
  }

  openDaemon(signal: AbortSignal | undefined): Promise<ByteStream> {
    return this.#open(signal, (connection) => {
      this.#seen = connection;
    });
  }

  daemon(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  shell(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  drop(): Promise<void> {
    return Promise.resolve();
  }
}

/** The daemon's own TLS port. @throws BadInputError for a `tls_priority` that leaves nothing */
export function tlsRoute(uri: ParsedUri): Route {
  const { tlsPriority, noVerify } = uri.parameters;
  return new DaemonOnlyRoute({
    transport: 'tls',
    encrypted: true,
    notes: tlsPriority === undefined ? [] : parseTlsPriority(tlsPriority).notes,
    security: noVerify
      ? {
          level: 'unverified',
          summary: 'Encrypted, but no_verify=1 skips the check of who answers: anyone on the way could.',
        }
      : { level: 'verified', summary: 'Encrypted by TLS; both certificates are checked.' },
    open: (signal, saw) =>
      openTlsTransport(uri, signal, ({ port, server, client, cipher }) => {
        const evidence = noVerify
          ? 'shown to this machine, and not checked (no_verify)'
          : 'shown to this machine in the handshake, and verified';
        saw({
          address: uri.server ?? 'localhost',
          port,
          identity: { kind: 'certificate of libvirt’s daemon', ...server, evidence },
          login: client,
          cipher,
        });
      }),
  });
}

/** The daemon's plain TCP port: who is on the way can read and change everything, unless the login brings a layer. */
export function tcpRoute(uri: ParsedUri): Route {
  return new DaemonOnlyRoute({
    transport: 'tcp',
    encrypted: false,
    security: {
      level: 'insecure',
      summary: 'Plain TCP: nothing is encrypted, and nobody proves who they are.',
    },
    open: (signal) => openTcpTransport(uri, signal),
  });
}

/** A program of the admin's that carries the protocol. It takes no arguments, so it cannot be asked for a shell. */
export function extRoute(uri: ParsedUri): Route {
  return new DaemonOnlyRoute({
    transport: 'ext',
    encrypted: false,
    security: {
      level: 'insecure',
      summary: `Carried by the program ${uri.parameters.command ?? ''}: whether it encrypts cannot be known here.`,
    },
    open: (signal) => openExtTransport(uri, { signal }),
  });
}

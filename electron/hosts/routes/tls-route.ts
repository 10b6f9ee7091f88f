import type { ByteStream } from '../../common/byte-stream.ts';
import { openTlsTransport, parseTlsPriority, type ParsedUri } from '../../libvirt/index.ts';
import type { HostSecurity } from '../snapshots.ts';
import type { Route } from './route.ts';

/** The daemon's own TLS port. It carries the protocol and nothing else: there is no shell. */
export class TlsRoute implements Route {
  readonly transport = 'tls';
  readonly encrypted = true;
  readonly notes: readonly string[];
  readonly security: HostSecurity;
  readonly #uri: ParsedUri;

  constructor(uri: ParsedUri) {
    this.#uri = uri;
    const { tlsPriority } = uri.parameters;
    this.notes = tlsPriority === undefined ? [] : parseTlsPriority(tlsPriority).notes;
    this.security = uri.parameters.noVerify
      ? {
          level: 'unverified',
          summary: 'Encrypted, but no_verify=1 skips the check of who answers: anyone on the way could.',
        }
      : { level: 'verified', summary: 'Encrypted by TLS; both certificates are checked.' };
  }

  openDaemon(signal: AbortSignal | undefined): Promise<ByteStream> {
    return openTlsTransport(this.#uri, signal);
  }

  /** libvirtd and virtproxyd look alike from here. */
  daemon(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  shell(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** Each stream is a connection of its own and ends with the client that uses it. */
  drop(): Promise<void> {
    return Promise.resolve();
  }
}

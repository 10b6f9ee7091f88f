import type { ByteStream } from '../../common/byte-stream.ts';
import { openTcpTransport, type ParsedUri } from '../../libvirt/index.ts';
import type { HostSecurity } from '../snapshots.ts';
import type { Route } from './route.ts';

/** The daemon's plain TCP port. There is no shell, and who is on the way can read and change everything. */
export class TcpRoute implements Route {
  readonly transport = 'tcp';
  readonly encrypted = false;
  readonly notes: readonly string[] = [];
  readonly security: HostSecurity = {
    level: 'insecure',
    summary: 'Plain TCP: nothing is encrypted, and nobody proves who they are.',
  };
  readonly #uri: ParsedUri;

  constructor(uri: ParsedUri) {
    this.#uri = uri;
  }

  openDaemon(signal: AbortSignal | undefined): Promise<ByteStream> {
    return openTcpTransport(this.#uri, signal);
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

import type { ByteStream } from '../../common/byte-stream.ts';
import { openExtTransport, type ParsedUri } from '../../libvirt/index.ts';
import type { HostSecurity } from '../snapshots.ts';
import type { Route } from './route.ts';

/** A program of the admin's that carries the protocol. It takes no arguments, so it cannot be asked for a shell. */
export class ExtRoute implements Route {
  readonly transport = 'ext';
  readonly encrypted = false;
  readonly notes: readonly string[] = [];
  readonly security: HostSecurity;
  readonly #uri: ParsedUri;

  constructor(uri: ParsedUri) {
    this.#uri = uri;
    this.security = {
      level: 'insecure',
      summary: `Carried by the program ${uri.parameters.command ?? ''}: whether it encrypts cannot be known here.`,
    };
  }

  openDaemon(signal: AbortSignal | undefined): Promise<ByteStream> {
    return openExtTransport(this.#uri, { signal });
  }

  daemon(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  shell(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** Each stream is a program of its own and ends with the client that uses it. */
  drop(): Promise<void> {
    return Promise.resolve();
  }
}

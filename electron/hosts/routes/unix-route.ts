import { stat } from 'node:fs/promises';
import type { ByteStream } from '../../common/byte-stream.ts';
import { openUnixTransport, type ParsedUri } from '../../libvirt/index.ts';
import type { HostShell } from '../host-access.ts';
import type { HostSecurity } from '../snapshots.ts';
import { daemonInWords } from './daemon-words.ts';
import { localShell } from './local-shell.ts';
import type { OpenDaemonOptions, Route } from './route.ts';

/** The daemon of the machine that Viaduct runs on. */
export class UnixRoute implements Route {
  readonly transport = 'unix';
  readonly encrypted = true;
  readonly notes: readonly string[] = [];
  readonly seen = undefined;
  readonly security: HostSecurity = { level: 'verified', summary: 'Stays on this machine.' };
  #socket: string | undefined;
  readonly #uri: ParsedUri;

  constructor(uri: ParsedUri) {
    this.#uri = uri;
  }

  openDaemon(signal: AbortSignal | undefined, { readOnly }: OpenDaemonOptions = {}): Promise<ByteStream> {
    const onSocket = (path: string): void => {
      this.#socket = path;
    };
    return openUnixTransport(this.#uri, { readOnly, signal, onSocket });
  }

  daemon(): Promise<string | undefined> {
    return daemonInWords(this.#socket, this.#uri.driver, (path) =>
      stat(path).then(
        (found) => found.isSocket(),
        () => false,
      ),
    );
  }

  shell(): Promise<HostShell> {
    return Promise.resolve(localShell);
  }

  /** Each stream is a connection of its own and ends with the client that uses it. */
  drop(): Promise<void> {
    return Promise.resolve();
  }
}

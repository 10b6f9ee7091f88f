import { join } from 'node:path';
import type { ByteStream } from '../../common/byte-stream.ts';
import { SharedResource } from '../../common/shared-resource.ts';
import { openSshStream, type ParsedUri } from '../../libvirt/index.ts';
import type { SshPrompts } from '../../ssh/prompts.ts';
import { SshSession } from '../../ssh/session.ts';
import type { SshTarget } from '../../ssh/session-options.ts';
import type { HostShell } from '../host-access.ts';
import type { HostSecurity } from '../snapshots.ts';
import type { Route } from './route.ts';

/** One SSH session for all connections to a host: its daemon's socket is forwarded, commands run beside it. */
export class SshRoute implements Route {
  readonly security: HostSecurity = {
    level: 'verified',
    summary: 'Encrypted by SSH; the host key is the one on record.',
  };
  readonly encrypted = true;
  #transport = 'ssh';
  #fallbacks: readonly string[] = [];
  readonly #uri: ParsedUri;
  readonly #session: SharedResource<SshSession>;

  constructor(uri: ParsedUri, home: string, prompts: SshPrompts) {
    const { user, server = 'localhost', port, parameters } = uri;
    this.#uri = uri;
    const target: SshTarget = {
      host: server,
      ...(port !== undefined && { port }),
      ...(user !== undefined && { user }),
      ...(parameters.keyfile !== undefined && { keyFile: parameters.keyfile }),
      ...(parameters.knownHosts !== undefined && { knownHostsFile: parameters.knownHosts }),
    };
    const acceptedKeysFile = join(home, 'known_hosts');
    this.#session = new SharedResource(
      (signal) => SshSession.connect(target, { prompts, acceptedKeysFile, signal }),
      (session) => session.closed,
    );
  }

  get transport(): string {
    return this.#transport;
  }

  get notes(): readonly string[] {
    return [...withoutEffect(this.#uri), ...this.#fallbacks];
  }

  async openDaemon(signal: AbortSignal | undefined): Promise<ByteStream> {
    const session = await this.#session.use(signal);
    const { stream, via, notes } = await openSshStream(session, {
      uri: this.#uri,
      signal,
    });
    this.#transport = via === 'socket' ? 'ssh' : `ssh, by ${via}`;
    this.#fallbacks = notes;
    return stream;
  }

  async shell(signal: AbortSignal | undefined): Promise<HostShell> {
    return this.#session.use(signal);
  }

  drop(): Promise<void> {
    return this.#session.drop((session) => session.close());
  }
}

/** What the URI asks for and this client does not do, because a host that is not verified could be anybody. */
function withoutEffect({ parameters }: ParsedUri): string[] {
  const { noVerify, knownHostsVerify = 'normal' } = parameters;
  return [
    ...(noVerify ? ['no_verify=1 has no effect: host keys are always checked.'] : []),
    ...(knownHostsVerify === 'normal'
      ? []
      : [`known_hosts_verify=${knownHostsVerify} has no effect: host keys are always checked.`]),
  ];
}

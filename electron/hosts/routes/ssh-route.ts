import { join } from 'node:path';
import type { ByteStream } from '../../common/byte-stream.ts';
import { SharedResource } from '../../common/shared-resource.ts';
import { openSshStream, type ParsedUri } from '../../libvirt/index.ts';
import type { HostKeyEvidence } from '../../ssh/host-key-check.ts';
import { noPrompts, type SshPrompts } from '../../ssh/prompts.ts';
import { SshSession } from '../../ssh/session.ts';
import { resolveHost } from '../../ssh/ssh-config.ts';
import type { HostKeyPolicy, SshTarget } from '../../ssh/session-options.ts';
import type { HostShell } from '../host-access.ts';
import { sshConnection, type SeenConnection } from '../seen-connection.ts';
import type { HostSecurity } from '../snapshots.ts';
import { OpensshRelayEnd } from '../relay/openssh-relay-end.ts';
import type { RelayEnd } from '../relay/relay-end.ts';
import { daemonInWords } from './daemon-words.ts';
import type { OpenDaemonOptions, Route } from './route.ts';

/** One SSH session for all connections to a host: its daemon's socket is forwarded, commands run beside it. */
export class SshRoute implements Route {
  readonly encrypted = true;
  #transport = 'ssh';
  #socket: string | undefined;
  #fallbacks: readonly string[] = [];
  #sessionNotes: readonly string[] = [];
  #security: HostSecurity;
  #seen: SeenConnection | undefined;
  readonly relay: RelayEnd;
  readonly #uri: ParsedUri;
  readonly #session: SharedResource<SshSession>;

  constructor(uri: ParsedUri, home: string, prompts: SshPrompts) {
    this.#uri = uri;
    const target = targetOf(uri);
    this.#security = securityFor(target.hostKeys, undefined);
    const options = {
      prompts: uri.parameters.noTty ? noPrompts : prompts,
      acceptedKeysFile: join(home, 'known_hosts'),
    };
    const { acceptedKeysFile } = options;
    this.relay = new OpensshRelayEnd({
      host: target.host,
      target,
      shell: (signal) => this.shell(signal),
      // As the session of this route looks them up.
      knownHostsFiles: async (signal) =>
        target.knownHostsFile === undefined
          ? [acceptedKeysFile, ...(await resolveHost(target, { signal })).knownHostsFiles]
          : [target.knownHostsFile],
    });
    this.#session = new SharedResource(
      async (signal) => {
        const session = await SshSession.connect(target, { ...options, signal });
        this.#security = securityFor(target.hostKeys, session.security.hostKeyEvidence);
        this.#seen = sshConnection(session.host, session.security);
        this.#sessionNotes = session.notes;
        return session;
      },
      (session) => session.closed,
    );
  }

  get transport(): string {
    return this.#transport;
  }

  get security(): HostSecurity {
    return this.#security;
  }

  get seen(): SeenConnection | undefined {
    return this.#seen;
  }

  get notes(): readonly string[] {
    return [...aliasNotes(this.#uri), ...policyNotes(this.#uri), ...this.#sessionNotes, ...this.#fallbacks];
  }

  async openDaemon(
    signal: AbortSignal | undefined,
    { readOnly }: OpenDaemonOptions = {},
  ): Promise<ByteStream> {
    const session = await this.#session.use(signal);
    const { stream, via, socket, notes } = await openSshStream(session, { uri: this.#uri, readOnly, signal });
    this.#transport = via === 'socket' ? 'ssh' : `ssh, by ${via}`;
    this.#socket = socket;
    this.#fallbacks = notes;
    return stream;
  }

  async daemon(signal: AbortSignal | undefined): Promise<string | undefined> {
    const session = await this.#session.use(signal);
    return daemonInWords(this.#socket, this.#uri.driver, async (path) => {
      const { code } = await session.exec(['test', '-S', path], { ...(signal && { signal }) });
      return code === 0;
    });
  }

  async shell(signal: AbortSignal | undefined): Promise<HostShell> {
    return this.#session.use(signal);
  }

  drop(): Promise<void> {
    return this.#session.drop((session) => session.close());
  }
}

function targetOf(uri: ParsedUri): SshTarget {
  const { user, server = 'localhost', port, parameters } = uri;
  const { keyfile, knownHosts, sshauth } = parameters;
  return {
    host: server,
    hostKeys: policyOf(uri),
    ...(port !== undefined && { port }),
    ...(user !== undefined && { user }),
    ...(keyfile !== undefined && { keyFile: keyfile }),
    ...(knownHosts !== undefined && { knownHostsFile: knownHosts }),
    ...(sshauth !== undefined && { logins: sshauth }),
  };
}

/** `known_hosts_verify` as libvirt's own SSH transports define it (docs/uri.rst); `no_verify` is its `ignore`. */
function policyOf({ parameters }: ParsedUri): HostKeyPolicy {
  if (parameters.noVerify || parameters.knownHostsVerify === 'ignore') return 'accept-any';
  return parameters.knownHostsVerify === 'auto' ? 'accept-new' : 'ask';
}

/** What stays true for a host with such a URI, whatever key it showed last. */
function securityFor(policy: HostKeyPolicy | undefined, evidence: HostKeyEvidence | undefined): HostSecurity {
  if (policy === 'accept-any') {
    return {
      level: 'unverified',
      summary: 'Encrypted by SSH, but any host key is accepted: who answers could be anybody on the way.',
    };
  }
  if (evidence === 'new') {
    return {
      level: 'unverified',
      summary: 'Encrypted by SSH; the host key was new and put on record without a question.',
    };
  }
  return { level: 'verified', summary: 'Encrypted by SSH; the host key is the one on record.' };
}

function policyNotes({ parameters }: ParsedUri): string[] {
  const { knownHostsVerify } = parameters;
  if (knownHostsVerify === 'ignore') {
    return ['known_hosts_verify=ignore: the identity of the server is not checked on this connection.'];
  }
  if (knownHostsVerify !== 'auto') return [];
  return [
    'known_hosts_verify=auto: a new host key is put on record without a question; a changed one is refused.',
  ];
}

/** libvirt has SSH libraries for these, with rules of their own. */
function aliasNotes({ transportAsWritten: name }: ParsedUri): string[] {
  if (name !== 'libssh' && name !== 'libssh2') return [];
  return [
    `${name} is read as ssh: your ssh configuration, agent and known hosts are used, where libvirt's ${name} has a known-hosts file of its own.`,
  ];
}

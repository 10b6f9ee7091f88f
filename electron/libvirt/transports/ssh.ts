import type { ByteStream } from '../../common/byte-stream.ts';
import { messageOf, ViaductError } from '../../common/errors.ts';
import type { ParsedUri } from '../uri.ts';
import { probePeer } from './peer-probe.ts';
import { isSession, socketPaths } from './socket-paths.ts';
import { TransportError } from './transport-errors.ts';

/**
 * What the ssh transport needs of an SSH session. Failures are told apart by the `code` of a `ViaductError`:
 * `ssh-forwarding-refused`, `ssh-socket-missing`, `ssh-command-not-found`. All others end the attempt.
 */
export interface SshChannelOpener {
  /** Connects to a unix socket on the host. */
  openUnixSocket(path: string, options?: { signal?: AbortSignal }): Promise<ByteStream>;
  /** Runs a program and connects to its standard input and output; a missing program may show only as the stream ends. */
  openExecStream(argv: readonly string[], options?: { signal?: AbortSignal }): Promise<ByteStream>;
  /** The login user's folder for sockets on the host, as `/run/user/1000`; `undefined` where that cannot be known. */
  userFolder(options?: { signal?: AbortSignal }): Promise<string | undefined>;
}

export interface SshStreamOptions {
  readonly uri: ParsedUri;
  readonly readOnly?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Time for a program on the host to reach the daemon and bring its first answer; default 5000. */
  readonly probeTimeoutMs?: number | undefined;
}

export interface SshStream {
  readonly stream: ByteStream;
  readonly via: 'socket' | 'virt-ssh-helper' | 'netcat';
  /** Of the daemon on the host; `undefined` where a program there chose it. */
  readonly socket: string | undefined;
  /** What was tried in vain before, one sentence each: a fallback is never silent. */
  readonly notes: readonly string[];
}

const defaultProbeTimeoutMs = 5000;

interface Way {
  readonly via: SshStream['via'];
  readonly what: string;
  readonly socket: string | undefined;
  open(): Promise<ByteStream>;
}

/**
 * Reaches the libvirt daemon through an SSH session: its socket first, then the programs that libvirt itself uses
 * where the server forbids forwarding. An exec'd program is asked for a keepalive answer before it counts as
 * working, because only then are a missing program and a talkative login shell noticed.
 *
 * @throws {TransportError} no way worked, or something else writes to the stream
 * @throws {ViaductError} the session's own errors, when it is the session that failed
 */
export async function openSshStream(opener: SshChannelOpener, options: SshStreamOptions): Promise<SshStream> {
  const notes: string[] = [];
  let forwardingRefused = false;
  const folder = await folderFor(opener, options);
  for (const way of waysFor(opener, options, folder)) {
    if (way.via === 'socket' && forwardingRefused) continue;
    try {
      return { stream: await way.open(), via: way.via, socket: way.socket, notes };
    } catch (error) {
      if (!mayTryAnother(error)) throw error;
      forwardingRefused ||= codeOf(error) === 'ssh-forwarding-refused';
      notes.push(`${way.what}: ${messageOf(error)}`);
    }
  }
  throw new TransportError(
    'ssh-no-way',
    `No way to the libvirt daemon on this host worked. ${notes.join(' ')}`,
    {
      remedy: 'Check on the host that libvirtd or virtqemud runs and that this user may reach its socket.',
    },
  );
}

/** Only a user's own daemon is in the user's folder; asking takes a command on the host. */
async function folderFor(opener: SshChannelOpener, options: SshStreamOptions): Promise<string | undefined> {
  const { uri, signal } = options;
  if (!isSession(uri) || uri.parameters.socket !== undefined || uri.parameters.proxy === 'native')
    return undefined;
  return opener.userFolder(signal === undefined ? {} : { signal });
}

function* waysFor(
  opener: SshChannelOpener,
  options: SshStreamOptions,
  userFolder: string | undefined,
): Generator<Way> {
  const { uri, readOnly = false, probeTimeoutMs = defaultProbeTimeoutMs } = options;
  const signalOption = options.signal === undefined ? {} : { signal: options.signal };
  const { proxy, netcat, socket } = uri.parameters;
  const paths = socketPaths(uri, readOnly, userFolder);
  const program = (via: SshStream['via'], argv: readonly string[], on?: string): Way => ({
    via,
    socket: on,
    what: argv[0] ?? via,
    open: async () => {
      const stream = await opener.openExecStream(argv, signalOption);
      const carrier = `${argv[0] ?? via} on the host`;
      return probePeer(stream, { timeoutMs: probeTimeoutMs, carrier, ...signalOption });
    },
  });
  const forced =
    proxy !== undefined && proxy !== 'auto' ? proxy : netcat === undefined ? undefined : 'netcat';
  if (forced === undefined) {
    for (const path of paths) {
      yield {
        via: 'socket',
        what: path,
        socket: path,
        open: () => opener.openUnixSocket(path, signalOption),
      };
    }
  }
  // Old helpers ignore a socket that is named, and would lead to another daemon without a word.
  if (forced === 'native' || (forced === undefined && socket === undefined)) {
    yield program('virt-ssh-helper', ['virt-ssh-helper', ...(readOnly ? ['-r'] : []), uri.remoteName]);
  }
  if (forced !== 'native') {
    for (const path of paths) yield program('netcat', [netcat ?? 'nc', '-U', path], path);
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof ViaductError ? error.code : undefined;
}

function mayTryAnother(error: unknown): boolean {
  const code = codeOf(error);
  return (
    code === 'ssh-forwarding-refused' ||
    code === 'ssh-socket-missing' ||
    code === 'ssh-command-not-found' ||
    code === 'ssh-command-failed' ||
    code === 'transport-silent'
  );
}

import type { ByteStream } from '../common/byte-stream.ts';
import { Commands } from './commands.ts';
import type { SshError } from './errors.ts';
import type { Link, LinkSecurity } from './link.ts';
import { RemoteFiles } from './remote-files.ts';
import { openRoute } from './route.ts';
import { SessionSlots } from './session-slots.ts';
import type {
  ExecOptions,
  ExecResult,
  RemoteFileStat,
  SshConnectOptions,
  SshTarget,
} from './session-options.ts';
import { openUnixSocket } from './unix-socket.ts';

/**
 * A login on a host: byte streams, commands and files over one encrypted connection.
 *
 * The host's key was checked and the login done before a session exists. A dead link is seen within 30 s; then all
 * that is open fails with `ssh-link-lost`. Any number of socket streams can be open; commands and file requests
 * queue for the few sessions that servers allow.
 */
export class SshSession {
  /** The host that answered: its real name, where the target was an alias. */
  readonly host: string;
  /** How the connection is protected, and how the host was authenticated. */
  readonly security: LinkSecurity;
  /** What the user's ssh configuration asks for and was not done. */
  readonly notes: readonly string[];
  /** Settles once: undefined after close(), else what broke the connection. */
  readonly closed: Promise<SshError | undefined>;
  readonly #link: Link;
  readonly #commands: Commands;
  readonly #files: RemoteFiles;

  /** Connects, checks the host key, logs in. Fails with an SshError; nothing is left open then. */
  static async connect(target: SshTarget, options: SshConnectOptions): Promise<SshSession> {
    return new SshSession(await openRoute(target, options));
  }

  private constructor(link: Link) {
    const slots = new SessionSlots();
    this.host = link.host;
    this.security = link.security;
    this.notes = link.notes;
    this.closed = link.closed;
    this.#link = link;
    this.#commands = new Commands(link, slots);
    this.#files = new RemoteFiles(link, slots);
  }

  /**
   * Connects to a unix socket on the host. To whoever listens there, the peer is the login user.
   *
   * Fails with `ssh-forwarding-refused` if the server forbids it (commands may still work), or with
   * `ssh-socket-missing` if nothing is there or the user may not connect.
   */
  openUnixSocket(path: string, options: { signal?: AbortSignal } = {}): Promise<ByteStream> {
    return openUnixSocket(this.#link, this.#commands, path, options.signal);
  }

  /**
   * Starts a program and connects to its standard input and output; closing the stream ends it.
   *
   * Whether the program exists shows only as it ends: the stream then breaks with `ssh-command-not-found`, or with
   * `ssh-command-failed` for another status than 0; both carry the last of its standard error.
   */
  openExecStream(argv: readonly string[], options: { signal?: AbortSignal } = {}): Promise<ByteStream> {
    return this.#commands.openStream(argv, options.signal);
  }

  /** Runs a program to its end. Any exit status is a result, also 127 for a program that does not exist. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult> {
    return this.#commands.run(argv, options);
  }

  /** The login user's folder for sockets on the host, as libvirt takes it; undefined where it is not told. */
  async userFolder(options: { signal?: AbortSignal } = {}): Promise<string | undefined> {
    const read = async (name: string): Promise<string> => {
      const { stdout } = await this.exec(['printenv', name], options);
      const value = stdout.toString('utf8').replace(/\n$/, '');
      return value.startsWith('/') && !/\p{Cc}/u.test(value) ? value : '';
    };
    const folder = (await read('XDG_RUNTIME_DIR')) || (await read('XDG_CACHE_HOME'));
    if (folder !== '') return folder;
    const home = await read('HOME');
    return home === '' ? undefined : `${home}/.cache`;
  }

  /** A file's content; undefined if there is no such file. More than `maxBytes` is an error. */
  readFile(path: string, maxBytes: number): Promise<Buffer | undefined> {
    return this.#files.read(path, maxBytes);
  }

  /** What a path leads to, symbolic links followed; undefined if there is nothing. */
  stat(path: string): Promise<RemoteFileStat | undefined> {
    return this.#files.stat(path);
  }

  /** Ends the connection and all that is open over it. */
  close(): void {
    this.#link.close();
  }
}

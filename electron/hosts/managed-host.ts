import {
  LibvirtClient,
  parseConnectUri,
  ReconnectingClient,
  type LibvirtCalls,
  type LoginUsed,
  type ParsedUri,
} from '../libvirt/index.ts';
import type { HostAccess, HostShell } from './host-access.ts';
import { HostLogin } from './host-login.ts';
import type { HostPrompts } from './host-prompts.ts';
import { hostSecurity } from './host-security.ts';
import type { RelayEnd } from './relay/relay-end.ts';
import { isWorthRetrying } from './retry.ts';
import { chooseRoute } from './routes/choose-route.ts';
import type { Route } from './routes/route.ts';
import type { SeenConnection } from './seen-connection.ts';
import type { HostSecurity } from './snapshots.ts';

export interface HostSetting {
  /** The folder of Viaduct's state, with the host keys that were accepted. */
  home: string;
  prompts: HostPrompts;
  /** Connect for reading alone; what would change something is refused. */
  readOnly?: boolean | undefined;
}

/**
 * A host by its connect URI. Nothing is opened until it is needed; the shared connection is opened again when it
 * broke, connections of callers are theirs to close.
 */
export class ManagedHost implements HostAccess {
  readonly name: string;
  readonly connectUri: string;
  readonly #uri: ParsedUri;
  readonly #route: Route;
  readonly #login: HostLogin;
  #loginUsed: LoginUsed | undefined;
  #daemon: string | undefined;
  /** The shared connection, and where it stands. */
  readonly link: ReconnectingClient;
  /** Why nothing can be changed here, if that is so. */
  readonly readOnly: { reason: string } | undefined;

  /** @throws BadInputError when the URI cannot be used, in one sentence. */
  constructor(connectUri: string, { home, prompts, readOnly = false }: HostSetting) {
    this.#uri = parseConnectUri(connectUri);
    this.connectUri = connectUri;
    this.name = this.#uri.server ?? 'localhost';
    this.#route = chooseRoute(this.#uri, home, prompts);
    this.#login = new HostLogin(this.#uri, prompts);
    this.readOnly = whyReadOnly(this.name, this.#uri, readOnly);
    this.link = new ReconnectingClient({
      name: this.name,
      readOnly: this.readOnly !== undefined,
      open: (signal) => this.#connectForAll(signal),
      isWorthRetrying,
    });
  }

  /** As the connect URI has it; `remote` leaves the choice to the daemon. */
  get driver(): string {
    return this.#uri.driver;
  }

  /** In words, once connected with the daemon at its end: "ssh to virtqemud (modular)". */
  get transport(): string {
    return this.#daemon === undefined ? this.#route.transport : `${this.#route.transport} to ${this.#daemon}`;
  }

  get notes(): readonly string[] {
    return [...this.#uri.warnings, ...this.#route.notes, ...this.#login.notes];
  }

  get seen(): SeenConnection | undefined {
    return this.#route.seen;
  }

  get security(): HostSecurity {
    return hostSecurity(this.#route, this.#loginUsed);
  }

  async control(signal?: AbortSignal): Promise<LibvirtCalls> {
    await this.link.connected(signal);
    return this.link;
  }

  async connect(signal?: AbortSignal): Promise<LibvirtClient> {
    const readOnly = this.readOnly !== undefined;
    const stream = await this.#route.openDaemon(signal, { readOnly });
    const login = this.#login.begin(this.#route);
    const client = await LibvirtClient.open(stream, {
      name: this.#uri.remoteName,
      hostLabel: this.name,
      readOnly,
      login: login.options,
      ...(signal && { signal }),
    });
    login.succeeded();
    this.#loginUsed = client.login;
    return client;
  }

  async #connectForAll(signal: AbortSignal): Promise<LibvirtClient> {
    const client = await this.connect(signal);
    // A host that does not tell is no reason to be without it.
    this.#daemon = await this.#route.daemon(signal).catch(() => undefined);
    return client;
  }

  get relay(): RelayEnd | undefined {
    return this.#route.relay;
  }

  shell(signal?: AbortSignal): Promise<HostShell | undefined> {
    return this.#route.shell(signal);
  }

  /** Takes leave of the daemon and ends the way to it; the next use connects anew. */
  async close(): Promise<void> {
    this.#login.forget();
    await this.link.disconnect();
    await this.#route.drop();
  }
}

/** `-ro` is how libvirt names its read-only sockets (docs/daemons.rst). */
function whyReadOnly(name: string, uri: ParsedUri, asked: boolean): { reason: string } | undefined {
  if (uri.parameters.socket?.endsWith('-ro')) {
    return { reason: `The connect URI of ${name} names the daemon's read-only socket.` };
  }
  return asked ? { reason: `${name} was added for reading only.` } : undefined;
}

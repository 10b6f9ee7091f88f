import { BadInputError } from '../common/errors.ts';
import { SharedResource } from '../common/shared-resource.ts';
import { LibvirtClient, parseConnectUri, type LoginUsed, type ParsedUri } from '../libvirt/index.ts';
import type { HostAccess, HostShell } from './host-access.ts';
import { HostLogin } from './host-login.ts';
import type { HostPrompts } from './host-prompts.ts';
import { hostSecurity } from './host-security.ts';
import { chooseRoute } from './routes/choose-route.ts';
import type { Route } from './routes/route.ts';
import type { HostSecurity } from './snapshots.ts';

export interface HostSetting {
  /** The folder of Viaduct's state, with the host keys that were accepted. */
  home: string;
  prompts: HostPrompts;
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
  readonly #control = new SharedResource(
    (signal) => this.connect(signal),
    (client) => client.closed,
  );

  /** @throws BadInputError when the URI cannot be used, in one sentence. */
  constructor(connectUri: string, { home, prompts }: HostSetting) {
    this.#uri = parseConnectUri(connectUri);
    if (this.#uri.driver !== 'qemu') {
      throw new BadInputError(
        'driver-unsupported',
        `The driver ${this.#uri.driver} is not supported; Viaduct moves guests of QEMU and KVM.`,
        { side: 'client', remedy: 'Use a URI that begins with qemu, as qemu+ssh://user@host/system.' },
      );
    }
    this.connectUri = connectUri;
    this.name = this.#uri.server ?? 'localhost';
    this.#route = chooseRoute(this.#uri, home, prompts);
    this.#login = new HostLogin(this.#uri, prompts);
  }

  get transport(): string {
    return this.#route.transport;
  }

  get notes(): readonly string[] {
    return [...this.#uri.warnings, ...this.#route.notes, ...this.#login.notes];
  }

  get security(): HostSecurity {
    return hostSecurity(this.#route, this.#loginUsed);
  }

  control(signal?: AbortSignal): Promise<LibvirtClient> {
    return this.#control.use(signal);
  }

  async connect(signal?: AbortSignal): Promise<LibvirtClient> {
    const stream = await this.#route.openDaemon(signal);
    const login = this.#login.begin(this.#route);
    const client = await LibvirtClient.open(stream, {
      name: this.#uri.remoteName,
      hostLabel: this.name,
      login: login.options,
      ...(signal && { signal }),
    });
    login.succeeded();
    this.#loginUsed = client.login;
    return client;
  }

  shell(signal?: AbortSignal): Promise<HostShell | undefined> {
    return this.#route.shell(signal);
  }

  /** Takes leave of the daemon and ends the way to it; the next use connects anew. */
  async close(): Promise<void> {
    this.#login.forget();
    await this.#control.drop((client) => client.close());
    await this.#route.drop();
  }
}

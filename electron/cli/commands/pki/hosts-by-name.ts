import type { DeployedHosts } from '../../../deploy/deployed-hosts.ts';
import type { SetupHost } from '../../../setup/setup-host.ts';
import type { OpenHost } from './revoke.ts';

/** Hosts by name, each opened once: those of the command line, and those that were given certificates from here. */
export class HostsByName {
  readonly #open: OpenHost;
  readonly #known: DeployedHosts;
  readonly #opened = new Map<string, SetupHost>();

  constructor(open: OpenHost, known: DeployedHosts) {
    this.#open = open;
    this.#known = known;
  }

  /** @returns the names of the hosts. */
  async add(connectUris: readonly string[]): Promise<string[]> {
    const hosts = await Promise.all(connectUris.map(this.#open));
    for (const host of hosts) this.#opened.set(host.name, host);
    return hosts.map(({ name }) => name);
  }

  /** `undefined`: how to reach it is not known here. */
  readonly reach = async (name: string): Promise<SetupHost | undefined> => {
    const opened = this.#opened.get(name);
    if (opened !== undefined) return opened;
    const uri = (await this.#known.read()).get(name);
    if (uri === undefined) return undefined;
    const host = await this.#open(uri);
    this.#opened.set(name, host);
    return host;
  };
}

import { SvelteMap } from 'svelte/reactivity';
import { call, type Channel } from '../bridge.ts';
import type { GuestSnapshot, HostSnapshot, SshConfigHost } from '../../electron/ipc/views.ts';
import { isNewer } from './generations.ts';
import type { NoticesController } from './notices.svelte.ts';

/** The hosts as last heard of, and the verbs on them. */
export class HostsController {
  readonly #channel: Channel;
  readonly #notices: NoticesController;
  readonly #byId = new SvelteMap<string, HostSnapshot>();
  readonly list = $derived([...this.#byId.values()]);
  /** False until the first list has arrived. */
  loaded = $state(false);

  constructor(channel: Channel, notices: NoticesController) {
    this.#channel = channel;
    this.#notices = notices;
    channel.on('host', (host) => this.#apply(host));
    channel.on('hostRemoved', ({ hostId }) => this.#byId.delete(hostId));
  }

  get(hostId: string): HostSnapshot | undefined {
    return this.#byId.get(hostId);
  }

  /** A host's name, or its id where it was removed since. */
  name(hostId: string): string {
    return this.#byId.get(hostId)?.name ?? hostId;
  }

  guest(hostId: string, uuid: string): GuestSnapshot | undefined {
    return this.#byId.get(hostId)?.guests?.find((guest) => guest.uuid === uuid);
  }

  async refresh(): Promise<void> {
    const { hosts } = await call(this.#channel, 'hosts.list', {});
    for (const id of this.#byId.keys()) {
      if (!hosts.some((host) => host.id === id)) this.#byId.delete(id);
    }
    for (const host of hosts) this.#apply(host);
    this.loaded = true;
  }

  /** @throws RemoteError when the address cannot be used. Connecting goes on after the return. */
  async add(connectUri: string): Promise<void> {
    await call(this.#channel, 'hosts.add', { connectUri });
  }

  async sshConfig(): Promise<SshConfigHost[]> {
    return (await call(this.#channel, 'hosts.sshConfig', {})).hosts;
  }

  reconnect(hostId: string): void {
    call(this.#channel, 'hosts.reconnect', { hostId }).catch((error: unknown) => this.#notices.report(error));
  }

  remove(hostId: string): void {
    call(this.#channel, 'hosts.remove', { hostId }).catch((error: unknown) => this.#notices.report(error));
  }

  #apply(host: HostSnapshot): void {
    if (isNewer(this.#byId.get(host.id), host)) this.#byId.set(host.id, host);
  }
}

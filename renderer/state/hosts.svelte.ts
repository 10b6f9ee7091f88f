import { SvelteMap } from 'svelte/reactivity';
import { call, type Channel } from '../bridge.ts';
import type {
  GuestChanges,
  GuestSnapshot,
  HostSnapshot,
  HostState,
  SshConfigHost,
} from '../../electron/ipc/views.ts';
import { pngAddress } from '../format/png-address.ts';
import { applyGuestChanges } from './apply-guest-changes.ts';
import { DescribeWishes } from './describe-wishes.ts';
import { isNewer } from './generations.ts';
import type { NoticesController } from './notices.svelte.ts';

/** The hosts as last heard of, and the verbs on them. */
export class HostsController {
  readonly #channel: Channel;
  readonly #notices: NoticesController;
  readonly #byId = new SvelteMap<string, HostSnapshot>();
  readonly list = $derived([...this.#byId.values()]);
  readonly #wishes: DescribeWishes;
  /** False until the first list has arrived. */
  loaded = $state(false);

  constructor(channel: Channel, notices: NoticesController) {
    this.#channel = channel;
    this.#notices = notices;
    this.#wishes = new DescribeWishes((hostId, uuids) => {
      call(this.#channel, 'guests.describe', { hostId, uuids }).catch((error: unknown) =>
        this.#notices.report(error),
      );
    });
    channel.on('host', (host) => this.#applyState(host));
    channel.on('guests', (changes) => this.#applyChanges(changes));
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
    for (const host of hosts) this.#applyList(host);
    this.loaded = true;
  }

  /** @throws RemoteError when the address cannot be used. Connecting goes on after the return. */
  async add(connectUri: string, readOnly: boolean): Promise<void> {
    await call(this.#channel, 'hosts.add', { connectUri, readOnly });
  }

  async sshConfig(): Promise<SshConfigHost[]> {
    return (await call(this.#channel, 'hosts.sshConfig', {})).hosts;
  }

  /** Has a guest's definition read that is not; asked for once, together with others of the moment. */
  describe(hostId: string, uuid: string): void {
    this.#wishes.add(hostId, uuid);
  }

  /** What a guest's screen shows now, as an address for an image. @throws RemoteError */
  async screenshot(hostId: string, guestUuid: string): Promise<{ url: string; takenAtMs: number }> {
    const { png, takenAtMs } = await call(this.#channel, 'guests.screenshot', { hostId, guestUuid });
    return { url: await pngAddress(png), takenAtMs };
  }

  reconnect(hostId: string): void {
    call(this.#channel, 'hosts.reconnect', { hostId }).catch((error: unknown) => this.#notices.report(error));
  }

  remove(hostId: string): void {
    call(this.#channel, 'hosts.remove', { hostId }).catch((error: unknown) => this.#notices.report(error));
  }

  #applyState(state: HostState): void {
    const known = this.#byId.get(state.id);
    if (!isNewer(known, state)) return;
    if (state.connection.kind !== 'connected') this.#wishes.forget(state.id);
    this.#byId.set(state.id, {
      ...state,
      guests: known?.guests,
      guestsGeneration: known?.guestsGeneration ?? 0,
    });
  }

  #applyChanges(changes: GuestChanges): void {
    const known = this.#byId.get(changes.hostId);
    const host = known && applyGuestChanges(known, changes);
    if (host) this.#byId.set(host.id, host);
    else if (this.loaded) this.refresh().catch((error: unknown) => this.#notices.report(error));
  }

  /** State and guests have generations of their own: events may have overtaken the list in one and not in the other. */
  #applyList(host: HostSnapshot): void {
    const known = this.#byId.get(host.id);
    const { guests, guestsGeneration } =
      known && known.guestsGeneration > host.guestsGeneration ? known : host;
    const state = isNewer(known, host) ? host : (known ?? host);
    this.#byId.set(host.id, { ...state, guests, guestsGeneration });
  }
}

import { randomUUID } from 'node:crypto';
import { BadInputError } from '../common/errors.ts';
import { HostMonitor } from './host-monitor.ts';
import { ManagedHost, type HostSetting } from './managed-host.ts';
import { SavedHosts, type SavedHost } from './saved-hosts.ts';
import type { GuestChanges, HostSnapshot, HostState } from './snapshots.ts';
import { resolveConnectUri } from './uri-aliases.ts';

export interface RegistryObserver {
  changed(state: HostState): void;
  guestsChanged(changes: GuestChanges): void;
  removed(hostId: string): void;
}

/** The hosts on the board: each watched, all remembered for the next start. */
export class HostRegistry {
  readonly #setting: HostSetting;
  readonly #saved: SavedHosts;
  readonly #observer: RegistryObserver;
  readonly #monitors = new Map<string, HostMonitor>();

  private constructor(setting: HostSetting, observer: RegistryObserver) {
    this.#setting = setting;
    this.#saved = new SavedHosts(setting.home);
    this.#observer = observer;
  }

  /**
   * Starts watching the hosts of the last time.
   *
   * @throws ViaductError `hosts-file-unreadable`
   */
  static async open(setting: HostSetting, observer: RegistryObserver): Promise<HostRegistry> {
    const registry = new HostRegistry(setting, observer);
    for (const host of await registry.#saved.read()) registry.#watch(host);
    return registry;
  }

  snapshots(): HostSnapshot[] {
    return this.monitors().map((monitor) => monitor.snapshot());
  }

  monitors(): HostMonitor[] {
    return [...this.#monitors.values()];
  }

  /** @throws BadInputError when there is no such host. */
  monitor(hostId: string): HostMonitor {
    const monitor = this.#monitors.get(hostId);
    if (monitor) return monitor;
    throw new BadInputError('host-unknown', 'That host is not on the board.', { side: 'client' });
  }

  /**
   * Adds a host and starts to connect, for reading alone if asked; the way there is told by its snapshots.
   *
   * An alias of libvirt.conf is kept as the URI it stands for.
   *
   * @throws BadInputError when the URI cannot be used, or the host is there already.
   */
  async add(connectUri: string, readOnly = false): Promise<string> {
    const text = await resolveConnectUri(connectUri.trim());
    const known = [...this.#monitors.values()].find(({ host }) => host.connectUri === text);
    if (known) {
      throw new BadInputError('host-known', `${known.host.name} is on the board already.`, {
        side: 'client',
      });
    }
    const id = randomUUID();
    this.#watch({ id, connectUri: text, readOnly });
    await this.#save();
    return id;
  }

  async remove(hostId: string): Promise<void> {
    const monitor = this.monitor(hostId);
    this.#monitors.delete(hostId);
    this.#observer.removed(hostId);
    await this.#save();
    await monitor.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#monitors.values()].map((monitor) => monitor.close()));
  }

  #watch({ id, connectUri, readOnly }: SavedHost): void {
    const host = new ManagedHost(connectUri, { ...this.#setting, readOnly });
    const monitor = new HostMonitor(id, host, {
      state: (state) => {
        if (this.#monitors.has(id)) this.#observer.changed(state);
      },
      guests: (changes) => {
        if (this.#monitors.has(id)) this.#observer.guestsChanged(changes);
      },
    });
    this.#monitors.set(id, monitor);
    monitor.start();
  }

  #save(): Promise<void> {
    const hosts = [...this.#monitors.values()].map(({ id, host: { connectUri, readOnly } }) => ({
      id,
      connectUri,
      ...(readOnly && { readOnly: true }),
    }));
    return this.#saved.write(hosts);
  }
}

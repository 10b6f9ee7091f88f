import { messageOf, ViaductError } from '../common/errors.ts';
import {
  CallUnansweredError,
  hypervisorName,
  hypervisorVersion,
  isLibvirtError,
  libVersion,
  type LinkState,
} from '../libvirt/index.ts';
import { GuestFollower } from './guest-follower.ts';
import { GuestList } from './guest-list.ts';
import { pollLoad } from './load-poller.ts';
import type { ManagedHost } from './managed-host.ts';
import type {
  GuestChanges,
  GuestSnapshot,
  HostConnection,
  HostLoad,
  HostSnapshot,
  HostState,
} from './snapshots.ts';

/** Changes within this time are told as one. */
const coalesceMs = 60;

export interface MonitorObserver {
  state(state: HostState): void;
  guests(changes: GuestChanges): void;
}

/**
 * Keeps one host's snapshot true for as long as it is on the board: lists its guests whenever its shared connection
 * has come about, then follows the host's events. The guests seen last stay in the snapshot while it is away.
 */
export class HostMonitor {
  readonly id: string;
  readonly host: ManagedHost;
  readonly #observer: MonitorObserver;
  readonly #guests = new GuestList();
  readonly #follower: GuestFollower;
  #unwatch: () => void = () => undefined;
  #linkState: LinkState;
  #generation = 0;
  #versions: HostSnapshot['versions'];
  #load: HostLoad | undefined;
  #stopPolling: () => void = () => undefined;
  #publishTimer: NodeJS.Timeout | undefined;

  constructor(id: string, host: ManagedHost, observer: MonitorObserver) {
    this.id = id;
    this.host = host;
    this.#observer = observer;
    this.#linkState = host.link.state;
    this.#follower = new GuestFollower(host.link, this.#guests, () => this.#changed());
  }

  start(): void {
    this.#unwatch = this.host.link.onChange(() => this.#onLink());
    this.host.link.tryNow();
  }

  /** Gives up what is under way and connects at once. */
  reconnect(): void {
    this.host.link.forgetUnanswered();
    void this.host.close().then(() => this.host.link.tryNow());
  }

  async close(): Promise<void> {
    this.#unwatch();
    this.#stopPolling();
    clearTimeout(this.#publishTimer);
    await this.host.close();
    await this.#follower.close();
  }

  /** As seen last; `undefined` when the host has no such guest. */
  guest(uuid: string): GuestSnapshot | undefined {
    return this.#guests.get(uuid);
  }

  /**
   * Has the definitions of these guests read that are not; a guest that is gone is passed over, and while the host is
   * away nothing is read.
   */
  async describe(uuids: readonly string[]): Promise<void> {
    if (this.#linkState.kind !== 'connected') return;
    try {
      await this.#follower.describe(uuids);
    } catch (error) {
      if (!(error instanceof CallUnansweredError)) throw error;
    }
  }

  snapshot(): HostSnapshot {
    return {
      ...this.#state(),
      guests: this.#guests.snapshot(),
      guestsGeneration: this.#guests.generation,
    };
  }

  #state(): HostState {
    return {
      id: this.id,
      name: this.host.name,
      connectUri: this.host.connectUri,
      generation: this.#generation,
      connection: this.#connection(),
      security: this.host.security,
      readOnly: this.host.readOnly,
      versions: this.#versions,
      load: this.#load,
      unanswered: this.host.link.unanswered.map((call) => ({ ...call })),
    };
  }

  #connection(): HostConnection {
    const state = this.#linkState;
    switch (state.kind) {
      case 'idle':
      case 'connecting':
        return { kind: 'connecting', sentence: `Connecting to ${this.host.name}.` };
      case 'connected': {
        const { transport, notes } = this.host;
        return { kind: 'connected', sinceMs: state.sinceMs, transport, notes: [...notes] };
      }
      case 'reconnecting': {
        const { sinceMs, nextTryMs, error } = state;
        return { kind: 'reconnecting', sinceMs, sentence: messageOf(error), nextTryMs };
      }
      case 'lost': {
        const { sinceMs, error } = state;
        const remedy = error instanceof ViaductError ? error.remedy : undefined;
        return { kind: 'lost', sinceMs, sentence: messageOf(error), remedy };
      }
    }
  }

  #onLink(): void {
    const { link } = this.host;
    const isNew = link.state !== this.#linkState;
    this.#linkState = link.state;
    if (isNew) {
      this.#stopPolling();
      if (link.state.kind === 'connected') {
        void this.#list();
        void this.#readVersions();
        this.#stopPolling = pollLoad(link, (load) => {
          this.#load = load;
          this.#changed();
        });
      }
    }
    this.#changed();
  }

  /** A host whose guests cannot be listed is tried again like one that cannot be reached. */
  async #list(): Promise<void> {
    const { link } = this.host;
    const { state } = link;
    try {
      await this.#follower.list();
    } catch (error) {
      if (link.state === state) link.drop(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }

  async #readVersions(): Promise<void> {
    const { link } = this.host;
    try {
      const [libvirt, name, { text }] = await Promise.all([
        libVersion(link),
        hypervisorName(link),
        hypervisorVersion(link),
      ]);
      this.#versions = { libvirt: libvirt.text, hypervisor: `${name} ${text}` };
      this.#changed();
    } catch (error) {
      // Without them the host is as usable; a lost link has them read again with the next one.
      if (isLibvirtError(error)) this.#versions = undefined;
    }
  }

  #changed(): void {
    this.#publishTimer ??= setTimeout(() => {
      this.#publishTimer = undefined;
      this.#generation += 1;
      const changes = this.#guests.takeChanges(this.id);
      if (changes) this.#observer.guests(changes);
      this.#observer.state(this.#state());
    }, coalesceMs);
  }
}

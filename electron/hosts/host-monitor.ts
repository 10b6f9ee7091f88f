import { messageOf, ViaductError } from '../common/errors.ts';
import {
  hypervisorVersion,
  libVersion,
  type DomainEventKind,
  type DomainRef,
  type LibvirtClient,
} from '../libvirt/index.ts';
import { GuestList } from './guest-list.ts';
import { LoadReader } from './host-load.ts';
import { readGuest, readInventory } from './inventory.ts';
import type { ManagedHost } from './managed-host.ts';
import { isWorthRetrying, retryDelayMs } from './retry.ts';
import type {
  GuestChanges,
  GuestSnapshot,
  HostConnection,
  HostLoad,
  HostSnapshot,
  HostState,
} from './snapshots.ts';

/** Events after which one guest is read again; everything the board shows of it changes with one of these. */
const guestEvents = [
  'lifecycle',
  'reboot',
  'balloonChange',
  'deviceAdded',
  'deviceRemoved',
  'diskChange',
  'trayChange',
  'metadataChange',
] as const satisfies readonly DomainEventKind[];

const loadIntervalMs = 4000;
/** Changes within this time are told as one. */
const coalesceMs = 60;

export interface MonitorObserver {
  state(state: HostState): void;
  guests(changes: GuestChanges): void;
}

/**
 * Keeps one host's snapshot true: connects, lists once, then follows the host's events; after a lost link it comes
 * back with growing pauses and lists again. The guests seen last stay in the snapshot meanwhile.
 *
 * ```
 * connecting -> connected -> reconnecting -> connected ...
 *      \-> lost (a person has to do something; "reconnect" starts anew)
 * ```
 */
export class HostMonitor {
  readonly id: string;
  readonly host: ManagedHost;
  readonly #observer: MonitorObserver;
  readonly #guests = new GuestList();
  #generation = 0;
  #connection: HostConnection;
  #versions: HostSnapshot['versions'];
  #load: HostLoad | undefined;
  #stop = new AbortController();
  #publishTimer: NodeJS.Timeout | undefined;

  constructor(id: string, host: ManagedHost, observer: MonitorObserver) {
    this.id = id;
    this.host = host;
    this.#observer = observer;
    this.#connection = { kind: 'connecting', sentence: `Connecting to ${host.name}.` };
  }

  start(): void {
    void this.#run(this.#stop.signal);
  }

  /** Gives up what is under way and connects at once. */
  reconnect(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#setConnection({ kind: 'connecting', sentence: `Connecting to ${this.host.name}.` });
    const { signal } = this.#stop;
    void this.host.close().then(() => this.#run(signal));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#publishTimer);
    await this.host.close();
  }

  /** As seen last; `undefined` when the host has no such guest. */
  guest(uuid: string): GuestSnapshot | undefined {
    return this.#guests.get(uuid);
  }

  /** Has the definitions of these guests read that are not; a guest that is gone is passed over. */
  describe(_uuids: readonly string[]): Promise<void> {
    return Promise.resolve();
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
      connection: this.#connection,
      security: this.host.security,
      readOnly: undefined,
      versions: this.#versions,
      load: this.#load,
      unanswered: [],
    };
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        const client = await this.host.control(signal);
        await this.#follow(client, signal, () => (failures = 0));
        if (isAborted(signal)) return;
      } catch (error) {
        if (isAborted(signal)) return;
        failures += 1;
        if (!isWorthRetrying(error)) {
          this.#lose(error);
          return;
        }
        await this.#pause(error, retryDelayMs(failures), signal);
      }
    }
  }

  /** Ends by throwing what broke the connection. */
  async #follow(client: LibvirtClient, signal: AbortSignal, onConnected: () => void): Promise<void> {
    const broken = client.closed.then((error) => {
      throw error ?? new ViaductError('connection-closed', `The connection to ${this.host.name} was closed.`);
    });
    broken.catch(() => undefined);
    // Registered before the list is read, so that no change falls between the two.
    for (const kind of guestEvents) {
      await client.onDomainEvent(kind, ({ dom }) => void this.#refresh(client, dom));
    }
    const [libvirt, qemu] = await Promise.all([libVersion(client), hypervisorVersion(client)]);
    this.#versions = { libvirt: libvirt.text, qemu: qemu.text };
    this.#guests.replace(await readInventory(client));
    this.#setConnection({
      kind: 'connected',
      sinceMs: Date.now(),
      transport: this.host.transport,
      notes: [...this.host.notes],
    });
    onConnected();
    const stopLoad = this.#pollLoad(client);
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    try {
      await Promise.race([broken, aborted]);
    } finally {
      stopLoad();
    }
  }

  async #refresh(client: LibvirtClient, dom: DomainRef): Promise<void> {
    try {
      const guest = await readGuest(client, dom);
      if (guest) this.#guests.set(guest);
      else this.#guests.delete(dom.uuid);
      this.#changed();
    } catch {
      // The connection ended under the question; the list is read anew with the next one.
    }
  }

  #pollLoad(client: LibvirtClient): () => void {
    const reader = new LoadReader();
    let reading = false;
    const read = async () => {
      if (reading) return;
      reading = true;
      try {
        this.#load = await reader.read(client);
        this.#changed();
      } catch {
        // A host whose driver has no load figures shows none; a lost link ends the polling.
      } finally {
        reading = false;
      }
    };
    void read();
    const timer = setInterval(() => void read(), loadIntervalMs);
    return () => clearInterval(timer);
  }

  #lose(error: unknown): void {
    this.#setConnection({
      kind: 'lost',
      sinceMs: Date.now(),
      sentence: messageOf(error),
      remedy: error instanceof ViaductError ? error.remedy : undefined,
    });
  }

  #pause(error: unknown, delayMs: number, signal: AbortSignal): Promise<void> {
    const sinceMs = this.#connection.kind === 'reconnecting' ? this.#connection.sinceMs : Date.now();
    const nextTryMs = Date.now() + delayMs;
    this.#setConnection({ kind: 'reconnecting', sinceMs, sentence: messageOf(error), nextTryMs });
    return new Promise((resolve) => {
      const timer = setTimeout(end, delayMs);
      function end(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      }
      signal.addEventListener('abort', end);
    });
  }

  #setConnection(connection: HostConnection): void {
    this.#connection = connection;
    this.#changed();
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

/** A function of its own, because a check of `signal.aborted` would be narrowed away across an await. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

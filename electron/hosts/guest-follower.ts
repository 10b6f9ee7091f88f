import {
  domainStates,
  lifecycleDetails,
  lifecycleEvents,
  type CallOptions,
  type DomainEventPayloads,
  type DomainRef,
  type ReconnectingClient,
} from '../libvirt/index.ts';
import type { GuestList } from './guest-list.ts';
import type { GuestSnapshot } from './snapshots.ts';
import { readDetails, readGuest, readInventory, shownState } from './inventory.ts';
import { stateAfter } from './lifecycle-state.ts';

/** Events after which a guest's devices are not what they were. */
const deviceEvents = ['deviceAdded', 'deviceRemoved', 'diskChange', 'trayChange'] as const;

interface Reading {
  /** Of the list that it belongs to. */
  epoch: number;
  outdated: boolean;
}

/** What was asked over a connection that broke is of no use: the next one begins with a new list. */
const now: CallOptions = { whenDisconnected: 'fail' };

/**
 * Keeps a host's list of guests true: reads it whole after each connect, then follows the host's events. An event
 * changes its own guest alone, and asks nothing where it says itself what is new.
 */
export class GuestFollower {
  readonly #link: ReconnectingClient;
  readonly #guests: GuestList;
  readonly #changed: () => void;
  readonly #registrations: readonly AsyncDisposable[];
  readonly #describing = new Map<string, Promise<void>>();
  /** Guests that are being read, and whether an event came meanwhile, which the answer may be older than. */
  readonly #refreshing = new Map<string, Reading>();
  /** Guests that had an event while the list was on its way, which may be older than the event. */
  #touched: Map<string, DomainRef> | undefined;
  #epoch = 0;

  constructor(link: ReconnectingClient, guests: GuestList, changed: () => void) {
    this.#link = link;
    this.#guests = guests;
    this.#changed = changed;
    this.#registrations = [
      link.subscribe('lifecycle', (event) => this.#onLifecycle(event)),
      link.subscribe('balloonChange', ({ dom, actual }) => {
        this.#update(dom, { memoryBytes: Number(actual) * 1024 });
      }),
      ...deviceEvents.map((kind) => link.subscribe(kind, ({ dom }) => this.#onDevices(dom))),
    ];
  }

  /** Reads all guests. @throws what the host answered, or that the connection broke */
  async list(): Promise<void> {
    const epoch = ++this.#epoch;
    const touched = new Map<string, DomainRef>();
    this.#touched = touched;
    const guests = await readInventory(this.#link, now);
    if (epoch !== this.#epoch) return;
    this.#touched = undefined;
    this.#guests.replace(guests);
    this.#changed();
    for (const dom of touched.values()) this.#refresh(dom);
  }

  /**
   * Has the definitions of these guests read that are not; a guest that is gone is passed over.
   *
   * @throws that the connection broke
   */
  async describe(uuids: readonly string[]): Promise<void> {
    await Promise.all(uuids.map((uuid) => this.#describe(uuid)));
  }

  async close(): Promise<void> {
    this.#epoch += 1;
    await Promise.all(this.#registrations.map((registration) => registration[Symbol.asyncDispose]()));
  }

  #onLifecycle({ dom, event, detail }: DomainEventPayloads['lifecycle']): void {
    this.#touched?.set(dom.uuid, dom);
    this.#outdate(dom);
    const guest = this.#guests.get(dom.uuid);
    if (event === lifecycleEvents.undefined) {
      // A rename is told as the end of the one name and then as the beginning of the other.
      if (detail !== lifecycleDetails.undefined.renamed) this.#onUndefined(dom);
      return;
    }
    const after = stateAfter(event, detail);
    if (after?.state === domainStates.shutoff && guest?.persistent === false) {
      this.#forget(dom.uuid);
      return;
    }
    if (after !== undefined && guest !== undefined) this.#update(dom, shownState(after));
    const isNew = event === lifecycleEvents.defined || event === lifecycleEvents.started;
    if (isNew || guest === undefined || after === undefined) this.#refresh(dom);
  }

  /** One that runs on without its definition is gone as soon as it stops. */
  #onUndefined(dom: DomainRef): void {
    const state = this.#guests.get(dom.uuid)?.state;
    if (state === undefined || state === 'shut off') this.#forget(dom.uuid);
    else this.#update(dom, { persistent: false });
  }

  #onDevices(dom: DomainRef): void {
    this.#touched?.set(dom.uuid, dom);
    // What nobody has looked at is read when somebody does.
    if (this.#guests.get(dom.uuid)?.details !== 'read') return;
    this.#inBackground(this.#readDetails(dom.uuid));
  }

  #update(dom: DomainRef, change: Partial<GuestSnapshot>): void {
    this.#outdate(dom);
    const guest = this.#guests.get(dom.uuid);
    if (guest === undefined) return;
    this.#guests.set({ ...guest, name: dom.name, ...change });
    this.#changed();
  }

  #forget(uuid: string): void {
    this.#guests.delete(uuid);
    this.#changed();
  }

  #outdate({ uuid }: DomainRef): void {
    const underWay = this.#refreshing.get(uuid);
    if (underWay) underWay.outdated = true;
  }

  /** Reads one guest anew, with its details where they had been read, until no event came while it was read. */
  #refresh(dom: DomainRef): void {
    const underWay = this.#refreshing.get(dom.uuid);
    if (underWay?.epoch === this.#epoch) {
      underWay.outdated = true;
      return;
    }
    const reading: Reading = { epoch: this.#epoch, outdated: false };
    this.#refreshing.set(dom.uuid, reading);
    const over = () => {
      if (this.#refreshing.get(dom.uuid) === reading) this.#refreshing.delete(dom.uuid);
    };
    this.#inBackground(this.#readAnew(dom, reading).finally(over));
  }

  async #readAnew(dom: DomainRef, reading: Reading): Promise<void> {
    const hadDetails = this.#guests.get(dom.uuid)?.details === 'read';
    let shown: GuestSnapshot | undefined;
    do {
      reading.outdated = false;
      const guest = await readGuest(this.#link, dom, now);
      shown = guest && hadDetails ? await readDetails(this.#link, guest, now) : guest;
      if (reading.epoch !== this.#epoch) return;
    } while (isOutdated(reading));
    if (shown) this.#guests.set(shown);
    else this.#guests.delete(dom.uuid);
    this.#changed();
  }

  #describe(uuid: string): Promise<void> {
    if (this.#guests.get(uuid)?.details !== 'unread') return Promise.resolve();
    const underWay = this.#describing.get(uuid);
    if (underWay) return underWay;
    const describing = this.#readDetails(uuid).finally(() => this.#describing.delete(uuid));
    this.#describing.set(uuid, describing);
    return describing;
  }

  async #readDetails(uuid: string): Promise<void> {
    const epoch = this.#epoch;
    const before = this.#guests.get(uuid);
    if (!before) return;
    const read = await readDetails(this.#link, before, now);
    const guest = this.#guests.get(uuid);
    if (epoch !== this.#epoch || !guest) return;
    if (read) {
      const { vcpus, memoryBytes, details, disks, obstacles } = read;
      this.#guests.set({ ...guest, vcpus, memoryBytes, details, disks, obstacles });
    } else this.#guests.delete(uuid);
    this.#changed();
  }

  /** Only a connection that broke ends a question without an answer; all guests are listed anew with the next one. */
  #inBackground(task: Promise<void>): void {
    task.catch(() => undefined);
  }
}

/** A function of its own, because the assignment before the loop's awaits would be narrowed away across them. */
function isOutdated(reading: Reading): boolean {
  return reading.outdated;
}

import type { EventName, Events } from '../ipc/contract.ts';
import { mergeGuestChanges } from '../ipc/merge-guest-changes.ts';

export interface EventPacerOptions {
  send: <E extends EventName>(event: E, payload: Events[E]) => void;
  /** False while the way to the page is full: snapshots then wait, and only the newest of each is kept. */
  canSend?: () => boolean;
  /** Least time between two snapshots of the same thing. */
  intervalMs?: number;
}

interface Slot {
  /** What has not been sent: the newest snapshot, or all changes merged. */
  unsent: Emitted | undefined;
  timer: NodeJS.Timeout;
}

type Emitted = { [E in EventName]: { event: E; payload: Events[E] } }[EventName];

function keyOf(emitted: Emitted): string | undefined {
  switch (emitted.event) {
    case 'host':
      return `host ${emitted.payload.id}`;
    case 'guests':
      return `guests ${emitted.payload.hostId}`;
    case 'review':
      return `review ${emitted.payload.reviewId}`;
    case 'migration':
      return `migration ${emitted.payload.migrationId}`;
    case 'authorities':
    case 'certificates':
    case 'wizard':
      return emitted.event;
    default:
      return undefined;
  }
}

/** The keys of what makes no sense any more after this event. */
function endedKeysOf(emitted: Emitted): string[] {
  switch (emitted.event) {
    case 'hostRemoved':
      return [`host ${emitted.payload.hostId}`, `guests ${emitted.payload.hostId}`];
    case 'migrationDismissed':
      return [`migration ${emitted.payload.migrationId}`];
    default:
      return [];
  }
}

/** What stands for both: changes are merged, of snapshots the later one counts. */
function combined(unsent: Emitted | undefined, later: Emitted): Emitted {
  if (unsent?.event !== 'guests' || later.event !== 'guests') return later;
  return { event: 'guests', payload: mergeGuestChanges(unsent.payload, later.payload) };
}

/**
 * Thins out snapshot events on their way to one page: the first of a burst goes at once, then at most one for each
 * host, review or migration in every interval, always the newest (changes of guests: all of them, merged), and never
 * one after the event that ends it. All other events go at once and in order.
 */
export class EventPacer {
  readonly #options: Required<EventPacerOptions>;
  readonly #slots = new Map<string, Slot>();

  constructor(options: EventPacerOptions) {
    this.#options = { canSend: () => true, intervalMs: 100, ...options };
  }

  push<E extends EventName>(event: E, payload: Events[E]): void {
    // The pair is correlated by E; TypeScript does not see a union in it.
    const emitted = { event, payload } as unknown as Emitted;
    for (const ended of endedKeysOf(emitted)) this.#forget(ended);
    const key = keyOf(emitted);
    if (key === undefined) this.#send(emitted);
    else this.#pace(key, emitted);
  }

  /** Drops what has not been sent; nothing is sent afterwards for events pushed so far. */
  close(): void {
    for (const key of [...this.#slots.keys()]) this.#forget(key);
  }

  #pace(key: string, emitted: Emitted): void {
    const slot = this.#slots.get(key);
    if (slot !== undefined) {
      slot.unsent = combined(slot.unsent, emitted);
      return;
    }
    const ready = this.#options.canSend();
    if (ready) this.#send(emitted);
    this.#slots.set(key, { unsent: ready ? undefined : emitted, timer: this.#tickLater(key) });
  }

  #send({ event, payload }: Emitted): void {
    this.#options.send(event, payload);
  }

  #tickLater(key: string): NodeJS.Timeout {
    return setTimeout(() => this.#tick(key), this.#options.intervalMs);
  }

  #tick(key: string): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    if (slot.unsent === undefined) {
      this.#slots.delete(key);
      return;
    }
    if (this.#options.canSend()) {
      this.#send(slot.unsent);
      slot.unsent = undefined;
    }
    slot.timer = this.#tickLater(key);
  }

  #forget(key: string): void {
    clearTimeout(this.#slots.get(key)?.timer);
    this.#slots.delete(key);
  }
}

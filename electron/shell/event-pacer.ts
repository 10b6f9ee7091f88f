import type { EventName, Events } from '../ipc/contract.ts';

export interface EventPacerOptions {
  send: <E extends EventName>(event: E, payload: Events[E]) => void;
  /** False while the way to the page is full: snapshots then wait, and only the newest of each is kept. */
  canSend?: () => boolean;
  /** Least time between two snapshots of the same thing. */
  intervalMs?: number;
}

interface Slot {
  /** Sends the newest snapshot that has not been sent; `undefined` when there is none. */
  sendNewest: (() => void) | undefined;
  timer: NodeJS.Timeout;
}

type Emitted = { [E in EventName]: { event: E; payload: Events[E] } }[EventName];

function keyOf(emitted: Emitted): string | undefined {
  switch (emitted.event) {
    case 'host':
      return `host ${emitted.payload.id}`;
    case 'review':
      return `review ${emitted.payload.reviewId}`;
    case 'migration':
      return `migration ${emitted.payload.migrationId}`;
    default:
      return undefined;
  }
}

/** The key of the snapshots that make no sense any more after this event. */
function endedKeyOf(emitted: Emitted): string | undefined {
  switch (emitted.event) {
    case 'hostRemoved':
      return `host ${emitted.payload.hostId}`;
    case 'migrationDismissed':
      return `migration ${emitted.payload.migrationId}`;
    default:
      return undefined;
  }
}

/**
 * Thins out snapshot events on their way to one page: the first of a burst goes at once, then at most one for each
 * host, review or migration in every interval, always the newest, and never one after the event that ends it. All
 * other events go at once and in order.
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
    const ended = endedKeyOf(emitted);
    if (ended !== undefined) this.#forget(ended);
    const key = keyOf(emitted);
    const send = (): void => this.#options.send(event, payload);
    if (key === undefined) send();
    else this.#pace(key, send);
  }

  /** Drops what has not been sent; nothing is sent afterwards for events pushed so far. */
  close(): void {
    for (const key of [...this.#slots.keys()]) this.#forget(key);
  }

  #pace(key: string, send: () => void): void {
    const slot = this.#slots.get(key);
    if (slot !== undefined) {
      slot.sendNewest = send;
      return;
    }
    const ready = this.#options.canSend();
    if (ready) send();
    this.#slots.set(key, { sendNewest: ready ? undefined : send, timer: this.#tickLater(key) });
  }

  #tickLater(key: string): NodeJS.Timeout {
    return setTimeout(() => this.#tick(key), this.#options.intervalMs);
  }

  #tick(key: string): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    if (slot.sendNewest === undefined) {
      this.#slots.delete(key);
      return;
    }
    if (this.#options.canSend()) {
      slot.sendNewest();
      slot.sendNewest = undefined;
    }
    slot.timer = this.#tickLater(key);
  }

  #forget(key: string): void {
    clearTimeout(this.#slots.get(key)?.timer);
    this.#slots.delete(key);
  }
}

import { messageOf } from '../../common/errors.ts';
import type { LibvirtClient } from '../client.ts';
import type { DomainEventOptions } from '../domain-event-hub.ts';
import type { DomainEventKind, DomainEventPayloads } from '../protocol/events.ts';
import { isLibvirtError } from '../protocol/libvirt-error.ts';
import type { RpcLogger } from '../rpc/rpc-log.ts';

interface Subscription {
  register(client: LibvirtClient, options?: DomainEventOptions): Promise<AsyncDisposable>;
  readonly onMissed: (() => void) | undefined;
  registration: AsyncDisposable | undefined;
}

/** Time for a registration on a new connection, before the connection counts as one that does not work. */
const deadlineMs = 10_000;

/** The listeners for events, registered again on every new connection. */
export class EventSubscriptions {
  readonly #logger: RpcLogger;
  readonly #all = new Set<Subscription>();

  constructor(logger: RpcLogger) {
    this.#logger = logger;
  }

  /** Registers on `client`, and from then on on each new one. */
  async add<K extends DomainEventKind>(
    client: LibvirtClient,
    kind: K,
    listener: (event: DomainEventPayloads[K]) => void,
    options: DomainEventOptions = {},
  ): Promise<AsyncDisposable> {
    const subscription = subscriptionTo(kind, listener, options);
    subscription.registration = await subscription.register(client, options);
    return this.#keep(subscription);
  }

  /** Registers on each new connection; on `client` as well, if there is one. */
  want<K extends DomainEventKind>(
    client: LibvirtClient | undefined,
    kind: K,
    listener: (event: DomainEventPayloads[K]) => void,
    options: DomainEventOptions = {},
  ): AsyncDisposable {
    const subscription = subscriptionTo(kind, listener, options);
    if (client !== undefined) {
      this.#attachOne(subscription, client).catch((error: unknown) => this.#warn(client, error));
    }
    return this.#keep(subscription);
  }

  /** Registers everything on a new connection. @throws {CallUnansweredError} when the connection does not serve */
  async attach(client: LibvirtClient): Promise<void> {
    await Promise.all([...this.#all].map((subscription) => this.#attachOne(subscription, client)));
  }

  /** Tells every listener that events may have been missed before this connection. */
  tellMissed(): void {
    for (const { onMissed } of [...this.#all]) {
      try {
        onMissed?.();
      } catch (error) {
        this.#logger({ level: 'warn', message: `A listener for missed events failed: ${messageOf(error)}` });
      }
    }
  }

  #keep(subscription: Subscription): AsyncDisposable {
    this.#all.add(subscription);
    return {
      [Symbol.asyncDispose]: async () => {
        this.#all.delete(subscription);
        await subscription.registration?.[Symbol.asyncDispose]();
      },
    };
  }

  /** A kind that this daemon does not know is left out; the others go on. */
  async #attachOne(subscription: Subscription, client: LibvirtClient): Promise<void> {
    subscription.registration = undefined;
    try {
      const registration = await subscription.register(client, { deadlineMs });
      if (this.#all.has(subscription)) subscription.registration = registration;
      else await registration[Symbol.asyncDispose]();
    } catch (error) {
      if (!isLibvirtError(error)) throw error;
      this.#warn(client, error);
    }
  }

  #warn(client: LibvirtClient, error: unknown): void {
    this.#logger({
      level: 'warn',
      message: `${client.name} does not send one kind of event: ${messageOf(error)}`,
    });
  }
}

function subscriptionTo<K extends DomainEventKind>(
  kind: K,
  listener: (event: DomainEventPayloads[K]) => void,
  { domain, onMissed }: DomainEventOptions,
): Subscription {
  return {
    register: (to, options) => to.onDomainEvent(kind, listener, { ...options, domain }),
    onMissed,
    registration: undefined,
  };
}

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

  /** Registers on `client`; from then on `attach` does it for each new one. */
  async add<K extends DomainEventKind>(
    client: LibvirtClient,
    kind: K,
    listener: (event: DomainEventPayloads[K]) => void,
    options: DomainEventOptions = {},
  ): Promise<AsyncDisposable> {
    const { domain, onMissed } = options;
    const subscription: Subscription = {
      register: (to, more) => to.onDomainEvent(kind, listener, { ...more, domain }),
      onMissed,
      registration: undefined,
    };
    subscription.registration = await subscription.register(client, options);
    this.#all.add(subscription);
    return {
      [Symbol.asyncDispose]: async () => {
        this.#all.delete(subscription);
        await subscription.registration?.[Symbol.asyncDispose]();
      },
    };
  }

  /** Registers everything on a new connection. @throws {CallUnansweredError} when the connection does not serve */
  async attach(client: LibvirtClient): Promise<void> {
    const attached = [...this.#all].map(async (subscription) => {
      subscription.registration = undefined;
      try {
        const registration = await subscription.register(client, { deadlineMs });
        if (this.#all.has(subscription)) subscription.registration = registration;
        else await registration[Symbol.asyncDispose]();
      } catch (error) {
        if (!isLibvirtError(error)) throw error;
        this.#logger({
          level: 'warn',
          message: `${client.name} no longer sends one kind of event: ${messageOf(error)}`,
        });
      }
    });
    await Promise.all(attached);
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
}

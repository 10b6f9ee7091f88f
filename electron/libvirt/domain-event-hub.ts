import { messageOf } from '../common/errors.ts';
import { domainEvents, type DomainEventKind, type DomainEventPayloads } from './protocol/events.ts';
import { procedures } from './protocol/procedures.ts';
import type { DomainRef } from './protocol/references.ts';
import type { CallOptions } from './rpc/call-table.ts';
import type { Connection } from './rpc/connection.ts';
import type { RpcLogger } from './rpc/rpc-log.ts';
import { decodeXdr, type Codec } from './xdr/codec.ts';

export interface DomainEventOptions extends CallOptions {
  /** Only events of this domain; the daemon filters by UUID. */
  readonly domain?: DomainRef | undefined;
  /** Of a client that reconnects: the events go on over a new connection, and those in between were missed. */
  readonly onMissed?: (() => void) | undefined;
}

interface Message {
  readonly callbackId: number;
  readonly payload: unknown;
}

type Deliver = (payload: unknown) => void;

/** Events that may wait for the answer to the registration they belong to. */
const maxEarly = 256;

/**
 * Delivers domain events by callback id.
 *
 * The order of an event relative to the reply that announces its callback id is not guaranteed, so events for ids
 * that are not known yet wait while a registration is under way.
 */
export class DomainEventHub {
  readonly #connection: Connection;
  readonly #logger: RpcLogger;
  readonly #listeners = new Map<string, Deliver>();
  #registering = 0;
  #early: { key: string; payload: unknown }[] = [];
  malformed = 0;

  constructor(connection: Connection, logger: RpcLogger) {
    this.#connection = connection;
    this.#logger = logger;
    for (const { procedure, message } of Object.values(domainEvents)) {
      connection.onMessage(procedure, (bytes) => this.#receive(procedure, message, bytes));
    }
  }

  async register<K extends DomainEventKind>(
    kind: K,
    listener: (event: DomainEventPayloads[K]) => void,
    { domain, ...options }: DomainEventOptions = {},
  ): Promise<AsyncDisposable> {
    const { eventId, procedure } = domainEvents[kind];
    this.#registering += 1;
    try {
      const { callbackId } = await this.#connection.call(
        procedures.connectDomainEventCallbackRegisterAny,
        { eventId, dom: domain },
        options,
      );
      const key = keyOf(procedure, callbackId);
      this.#listeners.set(key, (payload) => listener(payload as DomainEventPayloads[K]));
      this.#deliverEarly(key);
      return { [Symbol.asyncDispose]: () => this.#deregister(key, callbackId) };
    } finally {
      this.#registering -= 1;
      if (this.#registering === 0) this.#early = [];
    }
  }

  /** The registration is gone either way: if the link is dead, it died with it. */
  async #deregister(key: string, callbackId: number): Promise<void> {
    if (!this.#listeners.delete(key)) return;
    try {
      await this.#connection.call(procedures.connectDomainEventCallbackDeregisterAny, { callbackId });
    } catch (error) {
      this.#logger({
        level: 'debug',
        message: `An event registration was not taken back: ${messageOf(error)}`,
      });
    }
  }

  #receive(procedure: number, codec: Codec<Message>, bytes: Uint8Array): void {
    let message: Message;
    try {
      message = decodeXdr(codec, bytes);
    } catch (error) {
      this.malformed += 1;
      this.#logger({
        level: 'warn',
        message: `${this.#connection.name} sent an event that cannot be read: ${messageOf(error)}`,
        details: { procedure, bytes: bytes.length },
      });
      return;
    }
    const key = keyOf(procedure, message.callbackId);
    if (this.#listeners.has(key)) this.#deliver(key, message.payload);
    else if (this.#registering > 0 && this.#early.length < maxEarly) {
      this.#early.push({ key, payload: message.payload });
    }
  }

  #deliverEarly(key: string): void {
    const mine = this.#early.filter((event) => event.key === key);
    this.#early = this.#early.filter((event) => event.key !== key);
    for (const { payload } of mine) this.#deliver(key, payload);
  }

  #deliver(key: string, payload: unknown): void {
    try {
      this.#listeners.get(key)?.(payload);
    } catch (error) {
      // A listener's own mistake must not end the connection that serves all others.
      this.#logger({ level: 'warn', message: `A listener for domain events failed: ${messageOf(error)}` });
    }
  }
}

function keyOf(procedure: number, callbackId: number): string {
  return `${procedure}:${callbackId}`;
}

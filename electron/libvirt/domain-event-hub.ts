import { messageOf } from '../common/errors.ts';
import { untilAborted } from '../common/until-aborted.ts';
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

/** Those who listen to one kind of event of one domain, or of all, and the registration that they share. */
interface Audience {
  readonly name: string;
  readonly listeners: Set<Deliver>;
  callbackId: number | undefined;
  /** Registering and taking back, one after the other. */
  turn: Promise<void>;
}

/** Events that may wait for the answer to the registration they belong to. */
const maxEarly = 256;

/**
 * Delivers domain events by callback id.
 *
 * A daemon takes a kind of event of one domain only once on a connection ("event callback already tracked",
 * object_event.c), so all who listen to the same share one registration.
 *
 * The order of an event relative to the reply that announces its callback id is not guaranteed, so events for ids
 * that are not known yet wait while a registration is under way.
 */
export class DomainEventHub {
  readonly #connection: Connection;
  readonly #logger: RpcLogger;
  readonly #audiences = new Map<string, Audience>();
  readonly #byCallback = new Map<string, Audience>();
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
    const { signal, ...limits } = options;
    const audience = this.#audienceOf(`${kind} ${domain?.uuid ?? 'of all'}`);
    const deliver: Deliver = (payload) => listener(payload as DomainEventPayloads[K]);
    audience.listeners.add(deliver);
    const leave = async (): Promise<void> => {
      if (!audience.listeners.delete(deliver)) return;
      await this.#inTurn(audience, () => this.#endIfUnheard(kind, audience));
    };
    try {
      // The call goes on without who gave up: the daemon carries it out either way, and refuses a second one.
      const registered = this.#inTurn(audience, () => this.#ensure(kind, audience, domain, limits));
      await untilAborted(registered, signal);
    } catch (error) {
      void leave();
      throw error;
    }
    return { [Symbol.asyncDispose]: leave };
  }

  #audienceOf(name: string): Audience {
    const known = this.#audiences.get(name);
    if (known !== undefined) return known;
    const audience = { name, listeners: new Set<Deliver>(), callbackId: undefined, turn: Promise.resolve() };
    this.#audiences.set(name, audience);
    return audience;
  }

  #inTurn(audience: Audience, work: () => Promise<void>): Promise<void> {
    const done = audience.turn.then(work);
    audience.turn = done.catch(() => undefined);
    return done;
  }

  async #ensure(
    kind: DomainEventKind,
    audience: Audience,
    dom: DomainRef | undefined,
    options: CallOptions,
  ): Promise<void> {
    if (audience.callbackId !== undefined || audience.listeners.size === 0) return;
    const { eventId, procedure } = domainEvents[kind];
    this.#registering += 1;
    try {
      const { callbackId } = await this.#connection.call(
        procedures.connectDomainEventCallbackRegisterAny,
        { eventId, dom },
        options,
      );
      audience.callbackId = callbackId;
      const key = keyOf(procedure, callbackId);
      this.#byCallback.set(key, audience);
      this.#deliverEarly(key);
    } finally {
      this.#registering -= 1;
      if (this.#registering === 0) this.#early = [];
    }
  }

  /** The registration is gone either way: if the link is dead, it died with it. */
  async #endIfUnheard(kind: DomainEventKind, audience: Audience): Promise<void> {
    if (audience.listeners.size > 0) return;
    const { callbackId } = audience;
    audience.callbackId = undefined;
    if (callbackId !== undefined) {
      this.#byCallback.delete(keyOf(domainEvents[kind].procedure, callbackId));
      await this.#takeBack(callbackId);
    }
    // Who came while the daemon answered has a turn of its own and registers again.
    if (audience.listeners.size === 0) this.#audiences.delete(audience.name);
  }

  async #takeBack(callbackId: number): Promise<void> {
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
    if (this.#byCallback.has(key)) this.#deliver(key, message.payload);
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
    for (const listener of [...(this.#byCallback.get(key)?.listeners ?? [])]) {
      try {
        listener(payload);
      } catch (error) {
        // A listener's own mistake must not end the connection that serves all others.
        this.#logger({ level: 'warn', message: `A listener for domain events failed: ${messageOf(error)}` });
      }
    }
  }
}

function keyOf(procedure: number, callbackId: number): string {
  return `${procedure}:${callbackId}`;
}

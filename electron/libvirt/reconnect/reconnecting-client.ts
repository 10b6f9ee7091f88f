import { messageOf, ViaductError } from '../../common/errors.ts';
import { untilAborted } from '../../common/until-aborted.ts';
import type { LibvirtClient } from '../client.ts';
import type { DomainEventOptions } from '../domain-event-hub.ts';
import type { LibvirtCalls } from '../libvirt-calls.ts';
import type { DomainEventKind, DomainEventPayloads } from '../protocol/events.ts';
import { isReader, isRepeatable } from '../protocol/procedure-access.ts';
import type { Procedure, StreamProcedure } from '../protocol/procedure.ts';
import { procedures } from '../protocol/procedures.ts';
import type { LibvirtFeature } from '../protocol/values.ts';
import { requireReader } from '../read-only.ts';
import type { CallKey, CallOptions, StreamOptions } from '../rpc/call-table.ts';
import { CallUnansweredError, ConnectionLostError, NoPlaceError } from '../rpc/rpc-errors.ts';
import type { RpcLogger } from '../rpc/rpc-log.ts';
import type { RpcStream } from '../rpc/stream.ts';
import { CallBudget } from './call-budget.ts';
import { ConnectionKeeper, type KeeperOptions } from './connection-keeper.ts';
import { EventSubscriptions } from './event-subscriptions.ts';
import type { LinkState } from './link-state.ts';
import { SideConnections } from './side-connections.ts';
import { UnansweredCalls, type LostAnswer } from './unanswered-calls.ts';

type AskedProcedure = CallKey & { readonly longRunning: boolean };

export interface ReconnectingOptions extends KeeperOptions {
  /** What `open` opens. */
  readonly readOnly?: boolean | undefined;
  readonly logger?: RpcLogger | undefined;
}

/** While no call is answered for this long, the calls that wait for a place go over a further connection. */
const placeWithinMs = 1000;

/**
 * A client for as long as a host is of interest: it outlives its connections.
 *
 * - Calls made while there is no connection wait for the next one up to their deadline, or fail at once when asked.
 *   Of those in flight when it breaks, reads are asked again; all others reject with a `CallUnansweredError`, and
 *   those that may have been carried out are listed in `unanswered`.
 * - Listeners for events stay registered, and are told when events may have been missed.
 * - A domain is named by its UUID in every call, so a handle from an earlier connection finds the guest under
 *   whatever name and id it has by then; one that is gone is `LibvirtError` `noDomain`.
 * - Procedures that take long by nature run over a connection of their own, opened for the call; so what lives as long
 *   as its connection (a migration's prepared guest, one started to be destroyed with it) needs a `LibvirtClient`.
 */
export class ReconnectingClient implements LibvirtCalls, AsyncDisposable {
  readonly name: string;
  readonly readOnly: boolean;
  readonly #keeper: ConnectionKeeper;
  readonly #side: SideConnections;
  readonly #subscriptions: EventSubscriptions;
  readonly #unanswered = new UnansweredCalls();
  readonly #listeners = new Set<() => void>();

  constructor(options: ReconnectingOptions) {
    this.name = options.name;
    this.readOnly = options.readOnly ?? false;
    this.#side = new SideConnections(options.open);
    this.#subscriptions = new EventSubscriptions(options.logger ?? (() => undefined));
    this.#keeper = new ConnectionKeeper(options, {
      prepare: (client) => this.#subscriptions.attach(client),
      changed: () => {
        if (this.#keeper.state.kind === 'connected') this.#subscriptions.tellMissed();
        this.#changed();
      },
    });
  }

  get state(): LinkState {
    return this.#keeper.state;
  }

  /** Calls that may have changed something on the host and got no answer, oldest first; the last twenty. */
  get unanswered(): readonly LostAnswer[] {
    return this.#unanswered.list;
  }

  /** Calls `listener` after every change of `state` or `unanswered`. Returns the function that ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Connects if that is not under way; ends a pause between two attempts, and the standstill of `lost`. */
  tryNow(): void {
    this.#keeper.tryNow();
  }

  /**
   * Resolves when there is a connection; tries at once if there is none.
   *
   * @throws what that attempt failed with, though others follow; the signal's reason
   */
  async connected(signal?: AbortSignal): Promise<void> {
    if (this.#keeper.client !== undefined) return;
    this.tryNow();
    await untilAborted(this.#keeper.next, signal);
  }

  async call<Args, Ret>(
    procedure: Procedure<Args, Ret>,
    args: Args,
    options: CallOptions = {},
  ): Promise<Ret> {
    return this.#ask(procedure, options, (client, more) => client.call(procedure, args, more));
  }

  async openStream<Args, Ret>(
    procedure: StreamProcedure<Args, Ret>,
    args: Args,
    options: StreamOptions = {},
  ): Promise<{ reply: Ret; stream: RpcStream }> {
    const { sparse } = options;
    // The stream lives on after the call, and so must its connection.
    const asked = { ...procedure, longRunning: false };
    return this.#ask(asked, options, (client, more) =>
      client.openStream(procedure, args, { ...more, sparse }),
    );
  }

  async supportsFeature(feature: LibvirtFeature, options?: CallOptions): Promise<boolean> {
    return (await this.call(procedures.connectSupportsFeature, { feature }, options)).supported;
  }

  /** The listener stays registered over connections to come; `onMissed` then tells that there is a gap. */
  async onDomainEvent<K extends DomainEventKind>(
    kind: K,
    listener: (event: DomainEventPayloads[K]) => void,
    options: DomainEventOptions = {},
  ): Promise<AsyncDisposable> {
    const budget = new CallBudget(procedures.connectDomainEventCallbackRegisterAny, options);
    this.#startIfIdle();
    for (;;) {
      const client = await this.#client(budget, options);
      try {
        const registration = await this.#subscriptions.add(client, kind, listener, {
          ...options,
          deadlineMs: budget.remainingMs,
        });
        if (this.#keeper.client === client) return registration;
        // The connection broke before the new one could know of this listener.
        await registration[Symbol.asyncDispose]();
      } catch (error) {
        if (!(error instanceof ConnectionLostError) || options.whenDisconnected === 'fail') throw error;
        await client.closed;
      }
    }
  }

  /**
   * As `onDomainEvent` with or without a connection: registered on each that comes, before `state` says that it is
   * there. A kind that the daemon does not know is logged.
   */
  subscribe<K extends DomainEventKind>(
    kind: K,
    listener: (event: DomainEventPayloads[K]) => void,
    options?: Pick<DomainEventOptions, 'domain' | 'onMissed'>,
  ): AsyncDisposable {
    return this.#subscriptions.want(this.#keeper.client, kind, listener, options);
  }

  /** A person has taken note of the calls listed in `unanswered`. */
  forgetUnanswered(): void {
    this.#unanswered.clear();
    this.#changed();
  }

  /** Closes because of `error` what is connected but of no use; it is opened again after a pause. */
  drop(error: Error): void {
    this.#keeper.client?.fail(error);
  }

  /** Takes leave of the daemon. Listeners stay registered; the next use connects anew. Never rejects. */
  async disconnect(): Promise<void> {
    await Promise.all([this.#keeper.stop(), this.#side.close()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disconnect();
  }

  async #ask<T>(
    procedure: AskedProcedure,
    options: CallOptions,
    ask: (client: LibvirtClient, options: CallOptions) => Promise<T>,
  ): Promise<T> {
    if (this.readOnly) requireReader(this.name, procedure);
    const calledAtMs = Date.now();
    const budget = new CallBudget(procedure, options);
    const over = (client: LibvirtClient, more?: CallOptions) =>
      ask(client, { ...options, ...more, deadlineMs: budget.remainingMs });
    this.#startIfIdle();
    for (;;) {
      const client = await this.#client(budget, options);
      let isAside = procedure.longRunning;
      try {
        if (!isAside) {
          try {
            return await over(client, { placeWithinMs });
          } catch (error) {
            if (!(error instanceof NoPlaceError)) throw error;
            isAside = true;
          }
        }
        return await this.#side.run(budget.openSignal(), over);
      } catch (error) {
        if (!isAside && mayAskAgain(error, procedure, options)) {
          await client.closed;
          continue;
        }
        if (error instanceof CallUnansweredError && error.outcome === 'unknown' && !isReader(procedure)) {
          this.#unanswered.add({ procedure: procedure.name, calledAtMs, sentence: messageOf(error) });
          this.#changed();
        }
        throw error;
      }
    }
  }

  /** A call connects by itself; one that was under way when `disconnect` was called does not. */
  #startIfIdle(): void {
    if (this.#keeper.state.kind === 'idle') this.tryNow();
  }

  /** The connection there is, or the next one. @throws {CallUnansweredError} `not-sent` */
  async #client(budget: CallBudget, { whenDisconnected }: CallOptions): Promise<LibvirtClient> {
    for (;;) {
      const { client, state } = this.#keeper;
      if (client !== undefined) return client;
      if (state.kind === 'idle') throw this.#disconnected(`The connection to ${this.name} was closed.`);
      if (state.kind === 'lost' || (state.kind === 'reconnecting' && whenDisconnected === 'fail')) {
        throw this.#disconnected(state.error);
      }
      const attempt = this.#keeper.next.catch((error: unknown) => ({ error }));
      const next = await budget.wait(attempt);
      if (!('error' in next)) return next;
      if (whenDisconnected === 'fail') throw this.#disconnected(next.error);
    }
  }

  #disconnected(cause: unknown): ConnectionLostError {
    const remedy = cause instanceof ViaductError ? cause.remedy : undefined;
    return new ConnectionLostError(`${this.name} is not connected: ${messageOf(cause)}`, 'not-sent', {
      cause,
      ...(remedy !== undefined && { remedy }),
    });
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Whether to make the call again over the next connection: it was not sent, or asking twice does no harm. */
function mayAskAgain(error: unknown, procedure: AskedProcedure, { whenDisconnected }: CallOptions): boolean {
  if (!(error instanceof ConnectionLostError) || whenDisconnected === 'fail') return false;
  return error.outcome === 'not-sent' || isRepeatable(procedure);
}

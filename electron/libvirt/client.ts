import type { ByteStream } from '../common/byte-stream.ts';
import { messageOf } from '../common/errors.ts';
import { DomainEventHub, type DomainEventOptions } from './domain-event-hub.ts';
import type { LoginOptions, LoginUsed } from './auth/login.ts';
import { shakeHands } from './handshake.ts';
import type { LibvirtCalls } from './libvirt-calls.ts';
import type { DomainEventKind, DomainEventPayloads } from './protocol/events.ts';
import { connectionClosedEvent } from './protocol/events.ts';
import type { Procedure, StreamProcedure } from './protocol/procedure.ts';
import { procedures } from './protocol/procedures.ts';
import type { LibvirtFeature } from './protocol/values.ts';
import { readOnlyFailure, requireReader } from './read-only.ts';
import type { CallKey, CallOptions, StreamOptions } from './rpc/call-table.ts';
import { Connection } from './rpc/connection.ts';
import { defaultKeepalive, type KeepaliveOptions } from './rpc/keepalive.ts';
import { ProtocolError } from './rpc/rpc-errors.ts';
import type { RpcLogger } from './rpc/rpc-log.ts';
import type { RpcStream } from './rpc/stream.ts';

export interface OpenOptions {
  /** What the daemon is asked to open, without transport and host: `qemu:///system`; empty lets it choose. */
  readonly name: string;
  /** The host in words, for messages. */
  readonly hostLabel?: string | undefined;
  readonly readOnly?: boolean | undefined;
  readonly logger?: RpcLogger | undefined;
  readonly keepalive?: KeepaliveOptions | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Time for login and open together, without the time that persons and Kerberos servers take; 5 s if not given. */
  readonly handshakeTimeoutMs?: number | undefined;
  /** How to log in where the daemon asks for it; without, only what needs no credentials is tried. */
  readonly login?: LoginOptions | undefined;
}

const closeTimeoutMs = 1000;

/**
 * One open connection to a libvirt daemon.
 *
 * At most four of its calls are on the wire at a time, so a long call (a migration's perform or finish) and what
 * watches or aborts it belong on different clients. All registrations end with the connection.
 */
export class LibvirtClient implements LibvirtCalls, AsyncDisposable {
  readonly #connection: Connection;
  readonly #events: DomainEventHub;
  readonly readOnly: boolean;
  /** How we came in, and how well that protects what is sent. */
  readonly login: LoginUsed;

  private constructor(connection: Connection, readOnly: boolean, login: LoginUsed, logger: RpcLogger) {
    this.#connection = connection;
    this.readOnly = readOnly;
    this.login = login;
    this.#events = new DomainEventHub(connection, logger);
  }

  /**
   * Logs in and opens the hypervisor connection. Owns `stream` from the start and closes it on failure.
   *
   * @throws {AuthError} login impossible or refused
   * @throws {HandshakeError} too slow
   * @throws {LibvirtError} the daemon would not open `name`
   * @throws {ConnectionLostError} the link broke
   */
  static async open(stream: ByteStream, options: OpenOptions): Promise<LibvirtClient> {
    const logger = options.logger ?? (() => undefined);
    const connection = new Connection(stream, { name: options.hostLabel ?? 'the daemon', logger });
    try {
      const { keepalive, login } = await shakeHands(connection, options);
      const client = new LibvirtClient(connection, options.readOnly ?? false, login, logger);
      connection.onMessage(connectionClosedEvent.procedure, () =>
        connection.fail(new ProtocolError('the driver behind the daemon went away.')),
      );
      if (keepalive) connection.startKeepalive(options.keepalive ?? defaultKeepalive);
      return client;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** The host in words, as given to `open`. */
  get name(): string {
    return this.#connection.name;
  }

  /** Settles once: `undefined` after `close()`, else what ended the connection. Never rejects. */
  get closed(): Promise<Error | undefined> {
    return this.#connection.closed;
  }

  /** Events whose body could not be read; they are also logged. */
  get malformedEvents(): number {
    return this.#events.malformed;
  }

  call<Args, Ret>(procedure: Procedure<Args, Ret>, args: Args, options?: CallOptions): Promise<Ret> {
    return this.#within(procedure, () => this.#connection.call(procedure, args, options));
  }

  openStream<Args, Ret>(
    procedure: StreamProcedure<Args, Ret>,
    args: Args,
    options?: StreamOptions,
  ): Promise<{ reply: Ret; stream: RpcStream }> {
    return this.#within(procedure, () => this.#connection.openStream(procedure, args, options));
  }

  async supportsFeature(feature: LibvirtFeature, options?: CallOptions): Promise<boolean> {
    const { supported } = await this.call(procedures.connectSupportsFeature, { feature }, options);
    return supported;
  }

  /** The registration ends with the connection. */
  onDomainEvent<K extends DomainEventKind>(
    kind: K,
    listener: (event: DomainEventPayloads[K]) => void,
    options?: DomainEventOptions,
  ): Promise<AsyncDisposable> {
    return this.#events.register(kind, listener, options);
  }

  /** Takes leave of the daemon, waiting at most a second for its answer, and closes. Idempotent; never rejects. */
  async close(): Promise<void> {
    this.#connection.leave();
    await this.#connection
      .call(procedures.connectClose, {}, { deadlineMs: closeTimeoutMs })
      .catch((error: unknown) => messageOf(error));
    this.#connection.close();
  }

  /** Closes at once because of `error`, which every pending call then carries as its cause. */
  fail(error: Error): void {
    this.#connection.fail(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #within<T>(procedure: CallKey, ask: () => Promise<T>): Promise<T> {
    if (!this.readOnly) return ask();
    requireReader(this.name, procedure);
    try {
      return await ask();
    } catch (error) {
      throw readOnlyFailure(this.name, procedure, error);
    }
  }
}

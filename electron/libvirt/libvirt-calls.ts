import type { DomainEventOptions } from './domain-event-hub.ts';
import type { DomainEventKind, DomainEventPayloads } from './protocol/events.ts';
import type { Procedure, StreamProcedure } from './protocol/procedure.ts';
import type { LibvirtFeature } from './protocol/values.ts';
import type { CallOptions, StreamOptions } from './rpc/call-table.ts';
import type { RpcStream } from './rpc/stream.ts';

/** What can be asked of a daemon, over one connection (`LibvirtClient`) or whichever there is (`ReconnectingClient`). */
export interface LibvirtCalls {
  /** The host in words. */
  readonly name: string;
  /** Calls that need write access are refused here, before they are sent. */
  readonly readOnly: boolean;

  /**
   * One remote procedure.
   *
   * Without a `deadlineMs` the call waits 60 s, procedures that are long by nature as long as the link lives.
   * @throws {LibvirtError} the daemon's own refusal
   * @throws {ReadOnlyError} it needs write access and this is read-only
   * @throws {CallUnansweredError} deadline, signal or lost link; `outcome` says whether it may have taken effect
   */
  call<Args, Ret>(procedure: Procedure<Args, Ret>, args: Args, options?: CallOptions): Promise<Ret>;

  /** As `call`, with the stream that the call opens. A stream that is not read stalls its whole connection. */
  openStream<Args, Ret>(
    procedure: StreamProcedure<Args, Ret>,
    args: Args,
    options?: StreamOptions,
  ): Promise<{ reply: Ret; stream: RpcStream }>;

  /** Whether the daemon and its driver have a feature; see `libvirtFeatures`. */
  supportsFeature(feature: LibvirtFeature, options?: CallOptions): Promise<boolean>;

  /** Calls `listener` for every event of this kind until the result is disposed. */
  onDomainEvent<K extends DomainEventKind>(
    kind: K,
    listener: (event: DomainEventPayloads[K]) => void,
    options?: DomainEventOptions,
  ): Promise<AsyncDisposable>;
}

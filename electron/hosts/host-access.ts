import type { HostShell } from '../common/host/host-shell.ts';
import type { LibvirtCalls, LibvirtClient } from '../libvirt/index.ts';
import type { RelayEnd } from './relay/relay-end.ts';
import type { SeenConnection } from './seen-connection.ts';

export type { ExecResult, HostShell } from '../common/host/host-shell.ts';

/**
 * One host as the engine needs it: who it is, a way to open connections, and a shell where there is one.
 *
 * The daemon stops reading a connection with five calls outstanding, and a prepared destination guest lives only
 * as long as the connection that prepared it: a migration therefore opens connections of its own.
 */
export interface HostAccess {
  readonly name: string;
  readonly connectUri: string;
  /** Of the last connection; absent before the first, and where the way to it shows nothing. */
  readonly seen?: SeenConnection | undefined;
  /**
   * For short calls, polling, abort and events: shared by all, and it comes back by itself after it broke. Connects at
   * once where there is no connection, and rejects when that attempt fails.
   */
  control(signal?: AbortSignal): Promise<LibvirtCalls>;
  /** A connection of the caller's own, closed by the caller. */
  connect(signal?: AbortSignal): Promise<LibvirtClient>;
  /** `undefined` where the transport reaches the daemon only (tls, unix to another machine). */
  shell(signal?: AbortSignal): Promise<HostShell | undefined>;
  /** Absent where the host is not reached over an SSH session of Viaduct's own. */
  readonly relay?: RelayEnd | undefined;
}

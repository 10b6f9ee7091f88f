import type { HostShell } from '../common/host/host-shell.ts';
import type { LibvirtClient } from '../libvirt/index.ts';

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
  /** The shared connection for short calls, polling, abort and events. */
  control(signal?: AbortSignal): Promise<LibvirtClient>;
  /** A connection of the caller's own, closed by the caller. */
  connect(signal?: AbortSignal): Promise<LibvirtClient>;
  /** `undefined` where the transport reaches the daemon only (tls, unix to another machine). */
  shell(signal?: AbortSignal): Promise<HostShell | undefined>;
}

import type { ByteStream } from '../../common/byte-stream.ts';
import type { HostShell } from '../host-access.ts';
import type { SeenConnection } from '../seen-connection.ts';
import type { RelayEnd } from '../relay/relay-end.ts';
import type { HostSecurity } from '../snapshots.ts';

export interface OpenDaemonOptions {
  /** Take the daemon's read-only socket, where it has one. */
  readonly readOnly?: boolean;
}

/** A way to one host: byte streams to its libvirt daemon, and commands where the way allows them. */
export interface Route {
  /** In words, as "ssh" or "ssh, by virt-ssh-helper"; refined once a connection was made. */
  readonly transport: string;
  /** What the admin should know of how the connection came about, as a fallback that was taken. */
  readonly notes: readonly string[];
  /** Refined once a connection was made. */
  readonly security: HostSecurity;
  /** Of the last connection; `undefined` before the first, and where the way shows nothing. */
  readonly seen: SeenConnection | undefined;
  /** Whether what is sent cannot be read on the way, so that a login may send a password. */
  readonly encrypted: boolean;
  openDaemon(signal: AbortSignal | undefined, options?: OpenDaemonOptions): Promise<ByteStream>;
  /** Which daemon the last connection reached, as "virtqemud (modular)"; `undefined` where that cannot be told. */
  daemon(signal: AbortSignal | undefined): Promise<string | undefined>;
  /** `undefined` where the way carries libvirt's protocol and nothing else. */
  shell(signal: AbortSignal | undefined): Promise<HostShell | undefined>;
  /** A way to carry a guest through this machine; absent where the way is not an SSH session of ours. */
  readonly relay?: RelayEnd;
  /** Ends everything that is open over it; the next use starts anew. */
  drop(): Promise<void>;
}

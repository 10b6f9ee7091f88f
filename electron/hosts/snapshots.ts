/** What the screen and the command line show of hosts and guests: plain data, safe to send between processes. */

export type GuestState =
  'running' | 'blocked' | 'paused' | 'shutting down' | 'shut off' | 'crashed' | 'suspended' | 'unknown';

export interface GuestDisk {
  /** The guest's name for it, `vda`. */
  target: string;
  kind: 'file' | 'block' | 'network' | 'volume' | 'other';
  /** Path, volume or network name, as the host's XML has it. */
  source: string;
  format: string | undefined;
  readOnly: boolean;
}

/** A property that makes a guest hard to move, in words. */
export interface GuestObstacle {
  kind: 'passthrough' | 'local disk' | 'snapshot' | 'shared directory' | 'other';
  text: string;
}

export interface GuestSnapshot {
  uuid: string;
  name: string;
  state: GuestState;
  /** libvirt's reason for the state in words, as "migrated" or "paused by the user". */
  stateReason: string;
  vcpus: number;
  memoryBytes: number;
  persistent: boolean;
  /**
   * Whether its definition has been read: `disks`, and all `obstacles` but the snapshots, come from there. While it
   * is `unread` their absence says nothing; `guests.describe` has them read.
   */
  details: 'unread' | 'read';
  disks: GuestDisk[];
  obstacles: GuestObstacle[];
}

export type HostConnection =
  | { kind: 'connecting'; sentence: string }
  | { kind: 'connected'; sinceMs: number; transport: string; notes: string[] }
  | { kind: 'reconnecting'; sinceMs: number; sentence: string; nextTryMs: number }
  | { kind: 'lost'; sinceMs: number; sentence: string; remedy: string | undefined };

/** How the control connection to the host is protected. `verified`: encrypted, and the host proved who it is. */
export interface HostSecurity {
  level: 'verified' | 'unverified' | 'insecure' | 'unknown';
  summary: string;
}

export interface HostLoad {
  cpus: number;
  /** 0 to 1 over the last interval; `undefined` until two samples were taken. */
  cpuUsed: number | undefined;
  memoryTotalBytes: number;
  memoryFreeBytes: number;
}

/** A call that may have changed something on the host, and whose answer was lost. */
export interface UnansweredCall {
  /** The name in libvirt's protocol, `DOMAIN_DESTROY`. */
  procedure: string;
  /** When it was called; wall clock, milliseconds since 1970. */
  calledAtMs: number;
  /** Why there was no answer. */
  sentence: string;
}

/** A host without its guests. */
export interface HostState {
  id: string;
  name: string;
  connectUri: string;
  /** Rises by one with each state of this host; an older one is never applied over a newer one. */
  generation: number;
  connection: HostConnection;
  security: HostSecurity;
  /** Set where nothing can be changed over this connection; the reason in one sentence. */
  readOnly: { reason: string } | undefined;
  /** `hypervisor` with its name: "QEMU 10.0.2". */
  versions: { libvirt: string; hypervisor: string } | undefined;
  load: HostLoad | undefined;
  /** Calls whose outcome is unknown, oldest first: what they did has to be looked up on the host. */
  unanswered: UnansweredCall[];
}

export interface HostSnapshot extends HostState {
  /** In no order; `undefined` until the first inventory arrived. Kept while the connection is lost. */
  guests: GuestSnapshot[] | undefined;
  /** The `generation` of the last {@link GuestChanges} that is in `guests`; 0 before the first. */
  guestsGeneration: number;
}

/**
 * What changed among a host's guests between two generations of the list. Guests come whole, so one that overlaps
 * with what is known already does no harm; one that begins after it (`since` is larger) leaves a gap, and the host
 * has to be listed anew.
 */
export interface GuestChanges {
  hostId: string;
  since: number;
  generation: number;
  changed: GuestSnapshot[];
  /** UUIDs. */
  removed: string[];
}

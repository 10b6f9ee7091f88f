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

export interface HostSnapshot {
  id: string;
  name: string;
  connectUri: string;
  /** Rises by one with each snapshot of this host; an older one is never applied over a newer one. */
  generation: number;
  connection: HostConnection;
  security: HostSecurity;
  versions: { libvirt: string; qemu: string } | undefined;
  load: HostLoad | undefined;
  /** `undefined` until the first inventory arrived. Kept while the connection is lost. */
  guests: GuestSnapshot[] | undefined;
}

import type { BackingFile, DiskOwner } from './disk-copy.ts';

export interface PoolSight {
  name: string;
  active: boolean;
}

export interface VolumeRequest {
  name: string;
  format: string;
  capacityBytes: number;
  owner: DiskOwner | undefined;
  backing: BackingFile | undefined;
}

/**
 * The storage of one host, narrowed to what a migration does to it.
 *
 * Every call rejects with a `DaemonError` when the daemon refused it, and with something else when no answer came;
 * the latter means that the outcome is unknown.
 */
export interface StorageLink {
  poolNamed(name: string): Promise<PoolSight | undefined>;
  /** The pool whose target is this directory. */
  poolOf(directory: string): Promise<PoolSight | undefined>;
  /** A pool that is gone once it is stopped. The directory must exist. */
  startPool(pool: { name: string; uuid: string; directory: string }): Promise<void>;
  /** None of that uuid is none to stop. Touches no file. */
  stopPool(uuid: string): Promise<void>;
  /** Refused where there is such a file already. */
  createVolume(pool: string, volume: VolumeRequest): Promise<void>;
  /** As the pool finds it after it looked again. */
  hasVolume(pool: string, name: string): Promise<boolean>;
  /** None of that name is none to delete. */
  deleteVolume(pool: string, name: string): Promise<void>;
}

/** The destination's storage, handed in like its `MigrationHost`. */
export interface StorageHost {
  readonly name: string;
  /** Over the shared connection. Connects first where there is none. */
  storage(signal: AbortSignal): Promise<StorageLink>;
}

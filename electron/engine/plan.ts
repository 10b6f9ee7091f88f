import type { Control, ControlChoice } from './control.ts';
import type { DataStream } from './data-stream.ts';
import type { RelayOwners } from './relay-owners.ts';
import type { DiskCopy } from './storage/disk-copy.ts';

export const modes = ['native-tls', 'tunnelled', 'ssh-relay', 'plain'] as const;
/** How the guest's data travels between the hosts. */
export type Mode = (typeof modes)[number];

export const diskChoices = ['none', 'copy', 'incremental'] as const;
/**
 * What becomes of disks that lie on the source: `copy` sends them whole, `incremental` their top layer to a destination
 * that has the layers below, `none` expects shared storage.
 */
export type DiskChoice = (typeof diskChoices)[number];

/** `zlib` and `zstd` compress the pages of parallel channels; the other two those of the one connection. */
export const compressionMethods = ['xbzrle', 'mt', 'zlib', 'zstd'] as const;
export type CompressionMethod = (typeof compressionMethods)[number];

export const timeoutActions = ['cancel', 'suspend', 'post-copy'] as const;
/** What is done when the guest has not moved in the time that it was given. */
export type TimeoutAction = (typeof timeoutActions)[number];

/** The most connections that memory may be spread over: QEMU's own limit of `multifd-channels`. */
export const maxParallel = 255;

/** What the admin asked for. */
export interface PlanOptions {
  mode: Mode;
  control: ControlChoice;
  /** Peer-to-peer: the destination as the source's daemon is to reach it, instead of what Viaduct works out. */
  dconnuri?: string | undefined;
  /**
   * Peer-to-peer: the destination's daemon sets the guest going by itself. Nobody has to be there then; but where the
   * daemons lose each other at that moment, libvirt lets the source go on as well.
   */
  unattended?: boolean | undefined;
  /** Peer-to-peer: the authority of this app that signs a certificate for this login alone; else the source's own is used. */
  oneTimeIdentity?: string | undefined;
  /** The admin's consent, for this run, to data in the clear. */
  allowPlaintext: boolean;
  disks: DiskChoice;
  /** Targets of the disks to copy, as `vda`; `undefined` for all that can be. */
  diskTargets?: string[] | undefined;
  /** So many connections for memory beside the first (QEMU's multifd); `undefined` for the first alone. */
  parallel?: number | undefined;
  compress?: CompressionMethod | undefined;
  autoConverge: boolean;
  /** Allows to switch to post-copy while the guest moves: it then runs on the destination before its memory is there. */
  postCopy: boolean;
  /** From the start of the copy until `onTimeout` is done; `undefined` for no limit. */
  timeoutS?: number | undefined;
  onTimeout?: TimeoutAction | undefined;
  /** Limit of the transfer in MiB/s; `undefined` for none. */
  bandwidthMiBps?: number | undefined;
  /** Longest pause allowed at switchover; `undefined` leaves the host's default (300 ms). */
  maxDowntimeMs?: number | undefined;
  /** The data address to use instead of the one that Viaduct works out. */
  migrateUri?: string | undefined;
  /** The name to expect in the destination's certificate instead of the data address's host. */
  tlsDestination?: string | undefined;
  /** Define a transient guest on the destination as well. Persistent guests always stay persistent. */
  persist: boolean;
  /** Leave the definition on the source, shut off. */
  keepSourceDefinition: boolean;
  /** Moves the definition of a guest that is shut off; nothing else of it goes along, and it is not started. */
  offline: boolean;
  /** The guest's name on the destination; `undefined` to keep it. */
  rename?: string | undefined;
  /** The admin's consent, for this run, to move a guest that another program manages without that program's knowledge. */
  ignoreManager?: boolean | undefined;
}

export const defaultPlanOptions: PlanOptions = {
  mode: 'native-tls',
  control: 'managed',
  allowPlaintext: false,
  disks: 'none',
  autoConverge: false,
  postCopy: false,
  persist: false,
  keepSourceDefinition: false,
  offline: false,
};

/** Something on a host that will be other than before once the guest has moved. */
export interface PlannedChange {
  side: 'source' | 'destination';
  text: string;
}

/** Everything that is decided before anything is touched. */
export interface MigrationPlan {
  guest: {
    name: string;
    uuid: string;
    memoryBytes: number;
    persistent: boolean;
    /** Targets of the disks that are copied along; empty where none are. */
    disks: string[];
  };
  source: { name: string; connectUri: string };
  destination: { name: string; connectUri: string };
  /** Where the copied disks go; a disk without an entry goes where the destination's daemon puts it. */
  copies: DiskCopy[];
  /**
   * Every disk that stays in place was seen to be the same file on both hosts, and QEMU gives up its cache: libvirt,
   * which judges by the kind of file system alone, is told so.
   */
  storageProvenShared: boolean;
  control: Control;
  options: PlanOptions;
  /** Where the source's daemon logs in at the destination; set exactly in a peer-to-peer migration. */
  dconnuri: string | undefined;
  /** `tcp://host` without a port: the destination picks one of its range. Absent where daemons or a relay carry the data. */
  migrateUri: string | undefined;
  /** The name that the source's QEMU looks for in the destination's certificate; set exactly in mode native-tls. */
  tlsName: string | undefined;
  /** For whom the relay's sockets are; set exactly in mode ssh-relay. */
  relay: RelayOwners | undefined;
  streams: DataStream[];
  changes: PlannedChange[];
}

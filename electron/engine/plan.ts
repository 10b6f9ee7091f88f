import type { Control, ControlChoice } from './control.ts';
import type { DataStream } from './data-stream.ts';

export const modes = ['native-tls', 'tunnelled', 'plain'] as const;
/** How the guest's data travels between the hosts. */
export type Mode = (typeof modes)[number];

/** What the admin asked for. */
export interface PlanOptions {
  mode: Mode;
  control: ControlChoice;
  /** Peer-to-peer: the destination as the source's daemon is to reach it, instead of what Viaduct works out. */
  dconnuri?: string | undefined;
  /** The admin's consent, for this run, to data in the clear. */
  allowPlaintext: boolean;
  /** `copy` sends every writable local disk along with the guest; `none` expects shared storage. */
  disks: 'none' | 'copy';
  autoConverge: boolean;
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
}

export const defaultPlanOptions: PlanOptions = {
  mode: 'native-tls',
  control: 'managed',
  allowPlaintext: false,
  disks: 'none',
  autoConverge: false,
  persist: false,
  keepSourceDefinition: false,
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
  control: Control;
  options: PlanOptions;
  /** Where the source's daemon logs in at the destination; set exactly in a peer-to-peer migration. */
  dconnuri: string | undefined;
  /** `tcp://host` without a port: the destination picks one of its range. Absent where the daemons carry the data. */
  migrateUri: string | undefined;
  /** The name that the source's QEMU looks for in the destination's certificate; set exactly in mode native-tls. */
  tlsName: string | undefined;
  streams: DataStream[];
  changes: PlannedChange[];
}

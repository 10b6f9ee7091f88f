/** User and group ids of the process that opens a disk. */
export interface DiskOwner {
  uid: number;
  gid: number;
}

/** The layer below a disk's top layer, as the new top layer names it. */
export interface BackingFile {
  path: string;
  format: string;
}

/** A volume that the destination lacks and the job makes. */
export interface NewVolume {
  kind: 'new';
  /** The pool that the guest names, or the directory that a pool has to have as its target. */
  in: { pool: string } | { directory: string };
  /** Set where no pool has the directory: a pool is started there for the moments in which one is needed. */
  transientPool: boolean;
  name: string;
  format: string;
  capacityBytes: number;
  /** `undefined` leaves it to libvirt, which gives the file to QEMU when the guest starts. */
  owner: DiskOwner | undefined;
  /** Set exactly where the top layer alone is copied and has layers below it. */
  backing: BackingFile | undefined;
}

/** Where the copy of one disk goes on the destination. */
export interface DiskCopy {
  /** The guest's name for it, `vda`. */
  target: string;
  place: NewVolume | { kind: 'existing'; what: string };
}

/** The new volume in words, as a person looks for it: its path, or pool and name. */
export function volumeInWords({ in: where, name }: Pick<NewVolume, 'in' | 'name'>): string {
  return 'pool' in where ? `volume ${name} of pool ${where.pool}` : `${where.directory}/${name}`;
}

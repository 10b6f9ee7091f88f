import type { NewVolume } from './disk-copy.ts';

/**
 * One thing that a job makes on the destination: plain data, noted before it is made, so that a journal can hold it.
 *
 * `intended`: it was asked for, and whether it was made is not known. `made`: the daemon said so.
 */
export type MadeStorage = { state: 'intended' | 'made' } & (
  | { kind: 'pool'; name: string; path: string; uuid: string }
  | { kind: 'volume'; name: string; path: string; in: NewVolume['in'] }
);

/** What a job made on the destination, in words, and what became of it. */
export interface StorageReport {
  /** Stay: the guest's disks now. */
  kept: string[];
  removed: string[];
  /** Should be gone, or may have been made, and are still there. */
  left: { path: string; why: string }[];
}

export function inWords({ kind, name, path }: MadeStorage): string {
  return kind === 'pool' ? `pool ${name} (${path})` : path;
}

import type { GuestSpec } from '../guests.ts';

/** Small, so that many migrations of it fit into an hour; like the lab's own guests it counts and keeps a canary. */
export const faultGuest: GuestSpec = {
  name: 'fault01',
  uuid: 'a1f0c7de-0003-4b6e-9a53-76e0b1a2c303',
  memoryMiB: 160,
  settings: { LAB_FILL_MIB: 48, LAB_DIRTY_MIBPS: 1 },
};

import type { GuestChanges } from '../hosts/snapshots.ts';

/** The two, one after the other, as one; `later` begins where `earlier` ends. */
export function mergeGuestChanges(earlier: GuestChanges, later: GuestChanges): GuestChanges {
  const removed = new Set([...earlier.removed, ...later.removed]);
  const changed = new Map(earlier.changed.map((guest) => [guest.uuid, guest]));
  for (const uuid of later.removed) changed.delete(uuid);
  for (const guest of later.changed) {
    changed.set(guest.uuid, guest);
    removed.delete(guest.uuid);
  }
  return { ...later, since: earlier.since, changed: [...changed.values()], removed: [...removed] };
}

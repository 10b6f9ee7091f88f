import type { GuestChanges, GuestSnapshot, HostSnapshot } from '../../electron/ipc/views.ts';

/**
 * A host's guests after the changes: the host as it is when it has them already, `undefined` when changes before
 * these are missing and the host has to be listed anew.
 */
export function applyGuestChanges(host: HostSnapshot, changes: GuestChanges): HostSnapshot | undefined {
  if (changes.generation <= host.guestsGeneration) return host;
  if (changes.since > host.guestsGeneration) return undefined;
  const removed = new Set(changes.removed);
  const changed = new Map(changes.changed.map((guest) => [guest.uuid, guest]));
  const guests: GuestSnapshot[] = [];
  for (const before of host.guests ?? []) {
    if (removed.has(before.uuid)) continue;
    const guest = changed.get(before.uuid) ?? before;
    changed.delete(before.uuid);
    guests.push(guest);
  }
  guests.push(...changed.values());
  return { ...host, guests, guestsGeneration: changes.generation };
}

import type { GuestSnapshot, HostSnapshot, MigrationSnapshot } from '../../electron/ipc/views.ts';

export interface BoardCard {
  guest: GuestSnapshot;
  /** The move under way from this host. */
  leaving: MigrationSnapshot | undefined;
}

export interface BoardColumn {
  host: HostSnapshot;
  /** Guests that run, and those that are not simply off. */
  cards: BoardCard[];
  /** Shut-off guests, folded at the bottom. */
  shutOff: BoardCard[];
  /** Moves under way to this host. */
  arriving: MigrationSnapshot[];
}

function matches(haystack: string[], terms: string[]): boolean {
  const text = haystack.join('\n').toLowerCase();
  return terms.every((term) => text.includes(term));
}

/**
 * What each column shows. A guest on its way is one card on its source and one ghost on its destination, whatever
 * the hosts list meanwhile: the destination's incoming domain is not a second guest.
 *
 * @param filter words that must all occur in a guest's name, state or host name
 */
export function boardColumns(
  hosts: readonly HostSnapshot[],
  running: readonly MigrationSnapshot[],
  filter: string,
): BoardColumn[] {
  const terms = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return hosts.map((host) => {
    const arriving = running.filter(({ destinationHostId }) => destinationHostId === host.id);
    const arrivingUuids = new Set(arriving.map(({ guest }) => guest.uuid));
    const cards = (host.guests ?? [])
      .filter(({ uuid }) => !arrivingUuids.has(uuid))
      .filter(({ name, state }) => matches([name, state, host.name], terms))
      .map((guest) => ({
        guest,
        leaving: running.find((move) => move.sourceHostId === host.id && move.guest.uuid === guest.uuid),
      }))
      .sort((a, b) => a.guest.name.localeCompare(b.guest.name, undefined, { numeric: true }));
    return {
      host,
      cards: cards.filter(({ guest }) => guest.state !== 'shut off'),
      shutOff: cards.filter(({ guest }) => guest.state === 'shut off'),
      arriving: arriving.filter(({ guest }) => matches([guest.name, 'arriving', host.name], terms)),
    };
  });
}

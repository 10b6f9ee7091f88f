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

interface Listed {
  guest: GuestSnapshot;
  /** What the filter is compared with, in small letters. */
  words: string;
}

const order = new Intl.Collator(undefined, { numeric: true });

/** A host's guests by name with their words; kept until the list is another, as most updates are of one host. */
const listedByGuests = new WeakMap<readonly GuestSnapshot[], readonly Listed[]>();

function listed(guests: readonly GuestSnapshot[]): readonly Listed[] {
  const known = listedByGuests.get(guests);
  if (known) return known;
  const made = [...guests]
    .sort((a, b) => order.compare(a.name, b.name))
    .map((guest) => ({ guest, words: `${guest.name}\n${guest.state}`.toLowerCase() }));
  listedByGuests.set(guests, made);
  return made;
}

function matches(words: string, hostName: string, terms: readonly string[]): boolean {
  return terms.every((term) => words.includes(term) || hostName.includes(term));
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
    const hostName = host.name.toLowerCase();
    const arriving = running.filter(({ destinationHostId }) => destinationHostId === host.id);
    const arrivingUuids = new Set(arriving.map(({ guest }) => guest.uuid));
    const leaving = new Map(
      running.filter(({ sourceHostId }) => sourceHostId === host.id).map((move) => [move.guest.uuid, move]),
    );
    const cards: BoardCard[] = [];
    const shutOff: BoardCard[] = [];
    for (const { guest, words } of listed(host.guests ?? [])) {
      if (arrivingUuids.has(guest.uuid) || !matches(words, hostName, terms)) continue;
      (guest.state === 'shut off' ? shutOff : cards).push({ guest, leaving: leaving.get(guest.uuid) });
    }
    return {
      host,
      cards,
      shutOff,
      arriving: arriving.filter(({ guest }) =>
        matches(`${guest.name}\narriving`.toLowerCase(), hostName, terms),
      ),
    };
  });
}

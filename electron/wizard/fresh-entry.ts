import type { HostEntry } from './host-entry.ts';

/** A chosen host of which nothing is known yet. */
export function freshEntry(of: Pick<HostEntry, 'hostId' | 'name' | 'connectUri'>): HostEntry {
  return {
    ...of,
    look: { state: 'waiting' },
    seen: undefined,
    given: undefined,
    found: undefined,
    certificates: undefined,
    changes: undefined,
  };
}

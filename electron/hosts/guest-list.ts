import { isDeepStrictEqual } from 'node:util';
import type { GuestChanges, GuestSnapshot } from './snapshots.ts';

/** The guests of one host as seen last, and which of them changed since that was last told. */
export class GuestList {
  readonly #byUuid = new Map<string, GuestSnapshot>();
  readonly #touched = new Set<string>();
  #generation = 0;
  #listed = false;
  #toldListed = false;

  /** Of the changes told last. */
  get generation(): number {
    return this.#generation;
  }

  get(uuid: string): GuestSnapshot | undefined {
    return this.#byUuid.get(uuid);
  }

  /** In no order; `undefined` before the first `replace`. */
  snapshot(): GuestSnapshot[] | undefined {
    return this.#listed ? [...this.#byUuid.values()] : undefined;
  }

  set(guest: GuestSnapshot): void {
    if (isDeepStrictEqual(this.#byUuid.get(guest.uuid), guest)) return;
    this.#byUuid.set(guest.uuid, guest);
    this.#touched.add(guest.uuid);
  }

  delete(uuid: string): void {
    if (this.#byUuid.delete(uuid)) this.#touched.add(uuid);
  }

  /** The host was listed: these are all it has. */
  replace(guests: readonly GuestSnapshot[]): void {
    const kept = new Set(guests.map(({ uuid }) => uuid));
    for (const uuid of [...this.#byUuid.keys()]) if (!kept.has(uuid)) this.delete(uuid);
    for (const guest of guests) this.set(guest);
    this.#listed = true;
  }

  /** What is not told yet; `undefined` when that is nothing. */
  takeChanges(hostId: string): GuestChanges | undefined {
    const isFirst = this.#listed && !this.#toldListed;
    if (!this.#listed || (this.#touched.size === 0 && !isFirst)) return undefined;
    this.#toldListed = true;
    const touched = [...this.#touched];
    this.#touched.clear();
    const since = this.#generation;
    this.#generation += 1;
    return {
      hostId,
      since,
      generation: this.#generation,
      changed: touched.flatMap((uuid) => this.#byUuid.get(uuid) ?? []),
      removed: touched.filter((uuid) => !this.#byUuid.has(uuid)),
    };
  }
}

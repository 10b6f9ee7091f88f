import { systemClock, type Clock } from '../engine/clock.ts';
import type { HostAccess } from '../hosts/host-access.ts';
import { createTransientDomain } from '../libvirt/index.ts';
import type { GuestShape } from './common-ground.ts';
import { Direction } from './direction.ts';
import { endSentence } from './end-words.ts';
import { thisProcess } from './mark.ts';
import { prepare } from './prepare.ts';
import { inWhole, NoCommonGroundError, onSide, problemOf } from './rehearsal-problem.ts';
import type {
  RehearsalDirection,
  RehearsalOutcome,
  RehearsalEvent,
  RehearsalSnapshot,
  Way,
} from './rehearsal-snapshot.ts';
import { removeGuest } from './remove-guest.ts';
import { newThrowAwayGuest, startFlags, throwAwayGuestXml, type ThrowAwayGuest } from './throw-away-guest.ts';

export interface RehearsalRequest {
  source: HostAccess;
  destination: HostAccess;
  clock?: Clock;
}

/** Told while a rehearsal runs; both must return quickly and not throw. */
export interface RehearsalObserver {
  /** A whole snapshot at each change, the last one included. */
  changed(snapshot: RehearsalSnapshot): void;
  event?(event: RehearsalEvent): void;
}

/** Starting QEMU takes a second or two; once asked it is waited for, so that no guest appears after the end. */
const startDeadlineMs = 60_000;

/** Where each part begins on the way from 0 to 100. */
const percents = { preparing: 0, there: 10, back: 50, clearing: 90, ended: 100 } as const;
/** How much of the whole one direction is. */
const directionShare = 0.4;

/** Starts a guest, moves it there and back, and removes it, whatever happens on the way. */
export class RehearsalRun {
  readonly #request: RehearsalRequest;
  readonly #observer: RehearsalObserver;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  /** From the moment on at which it may exist. */
  #guest: ThrowAwayGuest | undefined;
  #snapshot: RehearsalSnapshot;

  constructor(request: RehearsalRequest, observer: RehearsalObserver) {
    this.#request = request;
    this.#observer = observer;
    this.#clock = request.clock ?? systemClock;
    const { source, destination } = request;
    this.#snapshot = {
      source: source.name,
      destination: destination.name,
      state: 'preparing',
      sentence: `Asking ${source.name} and ${destination.name} what they offer.`,
      percent: percents.preparing,
      guest: undefined,
      directions: [],
      outcome: undefined,
      problem: undefined,
      leftovers: [],
    };
  }

  snapshot(): RehearsalSnapshot {
    return this.#snapshot;
  }

  cancel(): { accepted: boolean; sentence: string } {
    const { state } = this.#snapshot;
    if (state === 'ended') return { accepted: false, sentence: 'The rehearsal is over.' };
    if (state === 'clearing') {
      return { accepted: false, sentence: 'The guest is being removed already; that ends by itself.' };
    }
    this.#stop.abort();
    return { accepted: true, sentence: 'Cancelling; the throw-away guest is removed.' };
  }

  /** Call once. Never rejects. */
  async run(): Promise<RehearsalSnapshot> {
    this.#tell({});
    const outcome = await this.#rehearse();
    await this.#clear();
    const ended = { ...this.#snapshot, state: 'ended', percent: percents.ended, outcome } as const;
    this.#tell({ ...ended, sentence: endSentence(ended) });
    return this.#snapshot;
  }

  async #rehearse(): Promise<RehearsalOutcome> {
    const { source, destination } = this.#request;
    const signal = this.#stop.signal;
    let guest: ThrowAwayGuest;
    try {
      const tell = (sentence: string): void => this.#tell({ sentence });
      const { shape, leftovers } = await prepare(source, destination, { clock: this.#clock, signal, tell });
      this.#tell({ leftovers });
      signal.throwIfAborted();
      guest = await onSide('source', this.#start(shape));
    } catch (error) {
      if (signal.aborted) return 'cancelled';
      this.#tell({ problem: problemOf(error) });
      return error instanceof NoCommonGroundError ? 'refused' : 'failed';
    }
    for (const way of ['there', 'back'] as const) {
      if (signal.aborted) return 'cancelled';
      const { outcome, problem } = await this.#move(way, guest);
      if (outcome === 'migrated') continue;
      this.#tell({ problem: problem && inWhole(problem, way) });
      return outcome === 'refused' || outcome === 'cancelled' ? outcome : 'failed';
    }
    return 'passed';
  }

  async #start(shape: GuestShape): Promise<ThrowAwayGuest> {
    const { source } = this.#request;
    const guest = newThrowAwayGuest();
    const { process, workstation } = thisProcess;
    const xml = throwAwayGuestXml(guest, shape, { process, workstation, begunMs: Date.now() });
    const client = await source.control(this.#stop.signal);
    this.#guest = guest;
    this.#tell({ guest: guest.name, sentence: `Starting a small guest on ${source.name}.` });
    await createTransientDomain(client, xml, startFlags(shape), {
      deadlineMs: startDeadlineMs,
      whenDisconnected: 'fail',
    });
    return guest;
  }

  #move(way: Way, guest: ThrowAwayGuest): Promise<RehearsalDirection> {
    const { source, destination } = this.#request;
    const [from, to] = way === 'there' ? [source, destination] : [destination, source];
    const earlier = this.#snapshot.directions;
    const direction = new Direction(
      { way, from, to, guest, clock: this.#clock, signal: this.#stop.signal },
      {
        changed: (told, sentence, percent) =>
          this.#tell({
            state: way,
            directions: [...earlier, told],
            sentence,
            percent: Math.round(percents[way] + percent * directionShare),
          }),
        event: (event) => this.#observer.event?.(event),
      },
    );
    return direction.run();
  }

  /** On both hosts, whatever is known of where it was last. */
  async #clear(): Promise<void> {
    const guest = this.#guest;
    if (guest === undefined) return;
    this.#tell({ state: 'clearing', percent: percents.clearing, sentence: `Removing ${guest.name}.` });
    const { source, destination } = this.#request;
    const left = await Promise.all(
      [source, destination].map((host) => removeGuest(host, guest, this.#clock)),
    );
    const leftovers = [...this.#snapshot.leftovers, ...left.filter((sentence) => sentence !== undefined)];
    this.#tell({ leftovers });
  }

  #tell(change: Partial<RehearsalSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    this.#observer.changed(this.#snapshot);
  }
}

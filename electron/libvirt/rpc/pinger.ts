import { KeepaliveState, pingPacket, type KeepaliveOptions } from './keepalive.ts';

interface PingerActions {
  ping(packet: Uint8Array): void;
  /** The peer was silent for so long that it counts as dead. */
  dead(silentMs: number): void;
}

/** Runs a `KeepaliveState` on the real clock. */
export class Pinger {
  readonly #options: KeepaliveOptions;
  readonly #actions: PingerActions;
  readonly #state: KeepaliveState;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: KeepaliveOptions, actions: PingerActions) {
    this.#options = options;
    this.#actions = actions;
    this.#state = new KeepaliveState(options, performance.now());
    this.resume();
  }

  heard(): void {
    this.#state.heard(performance.now());
  }

  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Goes on after a pause, as if something had just been heard. */
  resume(): void {
    this.heard();
    this.#schedule();
  }

  stop(): void {
    this.pause();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#check(), Math.ceil(this.#state.msUntilDue(performance.now())));
  }

  #check(): void {
    const verdict = this.#state.check(performance.now());
    if (verdict === 'dead') {
      this.#actions.dead(this.#options.intervalMs * (this.#options.count + 1));
      return;
    }
    if (verdict === 'ping') this.#actions.ping(pingPacket);
    this.#schedule();
  }
}

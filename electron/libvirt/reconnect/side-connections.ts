import type { LibvirtClient } from '../client.ts';

/** The daemon's workers are shared by all its clients (`max_workers`, 20). */
const mostAtOnce = 4;

/**
 * Connections for one call each, opened for it and closed behind it: for calls that take long, which would hold one of
 * the four places that a connection has on the wire.
 */
export class SideConnections {
  readonly #open: (signal: AbortSignal) => Promise<LibvirtClient>;
  readonly #clients = new Set<LibvirtClient>();
  readonly #waiting: (() => void)[] = [];
  #stop = new AbortController();
  #inUse = 0;

  constructor(open: (signal: AbortSignal) => Promise<LibvirtClient>) {
    this.#open = open;
  }

  /**
   * Runs `task` with a connection of its own, when fewer than four are in use.
   *
   * @throws what opening the connection or the task throws; the signal's reason while it waits for its turn
   */
  async run<T>(signal: AbortSignal | undefined, task: (client: LibvirtClient) => Promise<T>): Promise<T> {
    const stop = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
    if (this.#inUse < mostAtOnce) this.#inUse += 1;
    else await this.#turn(stop);
    try {
      stop.throwIfAborted();
      const client = await this.#open(stop);
      this.#clients.add(client);
      try {
        return await task(client);
      } finally {
        this.#clients.delete(client);
        void client.close();
      }
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#inUse -= 1;
      else next();
    }
  }

  /** Ends all that run or wait. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#stop = new AbortController();
    await Promise.all([...this.#clients].map((client) => client.close()));
  }

  /** Resolves when a place was handed over. */
  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const take = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        reject(signal.reason as Error);
      };
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(take);
    });
  }
}

/**
 * One connection to a simulated daemon: its calls reject when it is lost, yet the daemon carries on with them, and
 * what hangs on the connection ends only when the last of them is done.
 */
export class SimulatedConnection {
  readonly closed: Promise<Error | undefined>;
  readonly #settleClosed: (error: Error | undefined) => void;
  readonly #afterClose: (connection: SimulatedConnection) => void;
  readonly #lost = Promise.withResolvers<never>();
  #isOpen = true;
  #running = 0;

  constructor(afterClose: (connection: SimulatedConnection) => void) {
    this.#afterClose = afterClose;
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    this.closed = promise;
    this.#settleClosed = resolve;
    this.#lost.promise.catch(() => undefined);
  }

  lose(): void {
    this.#end(new Error('The connection was lost.'));
  }

  close(): void {
    this.#end(undefined);
  }

  /** `forgotten`: the daemon never answers, and does not count the call as running when the connection ends. */
  async run<T>(work: () => Promise<T>, kind: 'counted' | 'forgotten' = 'counted'): Promise<T> {
    if (!this.#isOpen) throw new Error('The connection is closed.');
    if (kind === 'counted') this.#running += 1;
    const result = work();
    const settled = (): void => {
      if (kind === 'counted') this.#running -= 1;
      this.#maybeCleanUp();
    };
    result.then(settled, settled);
    return Promise.race([result, this.#lost.promise]);
  }

  #end(error: Error | undefined): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#settleClosed(error);
    this.#lost.reject(error ?? new Error('The connection was closed.'));
    this.#maybeCleanUp();
  }

  #maybeCleanUp(): void {
    if (!this.#isOpen && this.#running === 0) this.#afterClose(this);
  }
}

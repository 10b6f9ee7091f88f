import type { Step, Steps } from './steps.ts';
import type { Piece } from './suites.ts';

/** What is still to be run, for all lanes. */
export class Backlog {
  readonly #pieces: Piece[] = [];

  add(pieces: readonly Piece[]): void {
    this.#pieces.push(...pieces);
    this.#pieces.sort((a, b) => b.seconds - a.seconds);
  }

  /** The longest. */
  take(): Piece | undefined {
    return this.#pieces.shift();
  }
}

/**
 * Runs one piece after the other until there is none left.
 *
 * @param wrap how a step is run in this lane’s lab
 */
export async function runLane(
  steps: Steps,
  backlog: Backlog,
  wrap: (step: Step) => Step = (step) => step,
): Promise<void> {
  for (let piece = backlog.take(); piece !== undefined; piece = backlog.take()) await steps.run(wrap(piece));
}

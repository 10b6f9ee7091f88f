import type { Step, Steps } from './steps.ts';
import type { Piece } from './suites.ts';

/** What is still to be run, for all lanes. */
export class Backlog {
  readonly #pieces: Piece[] = [];

  add(pieces: readonly Piece[]): void {
    this.#pieces.push(...pieces);
    this.#pieces.sort((a, b) => b.seconds - a.seconds);
  }

  /** The longest of those that can be run with a lab or without. */
  take(hasLab: boolean): Piece | undefined {
    const index = this.#pieces.findIndex((piece) => hasLab || !piece.needsLab);
    return index === -1 ? undefined : this.#pieces.splice(index, 1)[0];
  }
}

/**
 * Runs one piece after the other until there is none left.
 *
 * @param wrap how a step is run in this lane’s lab; what needs no lab runs on the machine as it is
 */
export async function runLane(
  steps: Steps,
  backlog: Backlog,
  hasLab: boolean,
  wrap: (step: Step) => Step = (step) => step,
): Promise<void> {
  for (let piece = backlog.take(hasLab); piece !== undefined; piece = backlog.take(hasLab)) {
    await steps.run(piece.needsLab ? wrap(piece) : piece);
  }
}

import { problemOf, type Problem } from './problem.ts';

export interface Notice extends Problem {
  id: number;
}

/** Failures that belong to no dialog or panel; they stay until they are dismissed. */
export class NoticesController {
  list = $state.raw<readonly Notice[]>([]);
  #nextId = 1;

  report(error: unknown): void {
    const problem = problemOf(error);
    const others = this.list.filter(({ original }) => original !== problem.original);
    this.list = [...others, { id: this.#nextId++, ...problem }].slice(-3);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }
}

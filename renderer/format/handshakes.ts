import type { WizardCell } from '../../electron/ipc/views.ts';
import { count } from './quantity.ts';

export type CellState = WizardCell['control']['state'];

export const cellWords: Record<CellState, string> = {
  waiting: 'to do',
  trying: 'trying',
  proven: 'proven',
  warning: 'warning',
  failed: 'failed',
  unknown: 'unknown',
};

/** From what matters most. */
const byWeight = ['failed', 'unknown', 'warning', 'trying', 'waiting', 'proven'] as const;

/** What a direction amounts to: the graver of its two marks. */
export function worstOf({ control, data }: WizardCell): CellState {
  return byWeight.find((state) => control.state === state || data.state === state) ?? 'unknown';
}

export function isTried(cell: WizardCell): boolean {
  return !['waiting', 'trying'].includes(worstOf(cell));
}

/** How the directions stand, as "3 of 4 directions proven, 1 failed". */
export function proofSummary(cells: readonly WizardCell[]): string {
  const amount = (state: CellState) => cells.filter((cell) => worstOf(cell) === state).length;
  if (cells.length === 0) return 'Nothing to try yet.';
  const proven = amount('proven');
  if (proven === cells.length) {
    return cells.length === 1
      ? 'The direction is proven.'
      : `${cells.length === 2 ? 'Both' : `All ${cells.length}`} directions are proven.`;
  }
  const rest = (['failed', 'unknown', 'warning'] as const)
    .filter((state) => amount(state) > 0)
    .map((state) => `${amount(state)} ${state === 'warning' ? 'with a warning' : cellWords[state]}`);
  const open = amount('trying') + amount('waiting');
  if (open > 0) rest.push(`${open} to try`);
  return `${proven} of ${count(cells.length, 'direction')} proven, ${rest.join(', ')}.`;
}

/** Where the selection goes by an arrow key in a square of `size`; `undefined` for other keys. Stays inside. */
export function moveInGrid(
  { row, column }: { row: number; column: number },
  key: string,
  size: number,
): { row: number; column: number } | undefined {
  const last = size - 1;
  switch (key) {
    case 'ArrowUp':
      return { row: Math.max(0, row - 1), column };
    case 'ArrowDown':
      return { row: Math.min(last, row + 1), column };
    case 'ArrowLeft':
      return { row, column: Math.max(0, column - 1) };
    case 'ArrowRight':
      return { row, column: Math.min(last, column + 1) };
    case 'Home':
      return { row, column: 0 };
    case 'End':
      return { row, column: last };
    default:
      return undefined;
  }
}

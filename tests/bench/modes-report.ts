import type { ModeFigures, MoveFigures } from './modes-bench.ts';
import { median, rounded } from './statistics.ts';
import { formatTable, verdict } from './table.ts';

/** Viaduct takes at most this much of virsh's time, in the same mode. */
export const durationAim = 1.05;

/** Medians of all moves, mode by mode; `x plain` is beside Viaduct's own plain moves in the same run. */
export function formatModes(figures: readonly ModeFigures[]): string {
  const plain = figures.find(({ mode }) => mode === 'plain');
  const base = plain && median(plain.viaduct.map(({ durationMs }) => durationMs));
  const rows = [
    [
      'mode',
      'by',
      'duration ms',
      'x plain',
      'x virsh',
      'pause ms',
      'CPU ms source',
      'destination',
      'workstation',
      'program ms',
    ],
  ];
  for (const one of figures) {
    const { mode, viaduct, virsh } = one;
    rows.push(row(mode, 'viaduct', viaduct, base, ratioOf(one)));
    if (virsh !== undefined) rows.push(row(mode, 'virsh', virsh, base, undefined));
  }
  return [formatTable(rows), '', ...figures.flatMap(aimOf), ''].join('\n');
}

/**
 * The median of the pairs' ratios: both moves of a pair have the machine as it was at that time. `undefined` where virsh
 * has no such mode.
 */
export function ratioOf({ viaduct, virsh }: ModeFigures): number | undefined {
  const ratios = virsh?.map(({ durationMs }, pair) => (viaduct[pair]?.durationMs ?? NaN) / durationMs);
  return ratios && rounded(median(ratios));
}

function aimOf(figures: ModeFigures): string[] {
  const ratio = ratioOf(figures);
  if (ratio === undefined) return [];
  const words = `${figures.mode} at most ${durationAim} of virsh's time`;
  return [verdict(words, ratio <= durationAim, ratio.toFixed(2))];
}

function row(
  mode: string,
  by: string,
  moves: readonly MoveFigures[],
  base: number | undefined,
  ratio: number | undefined,
): string[] {
  const duration = of(moves, 'durationMs');
  const cpu = (where: keyof MoveFigures['cpuMs']) =>
    median(moves.map(({ cpuMs }) => cpuMs[where])).toFixed(0);
  return [
    ...[mode, by, duration.toFixed(0), base === undefined ? '' : (duration / base).toFixed(2)],
    ratio === undefined ? '' : ratio.toFixed(2),
    ...[of(moves, 'downtimeMs').toFixed(0), cpu('source'), cpu('destination'), cpu('workstation')],
    of(moves, 'wholeMs').toFixed(0),
  ];
}

function of(moves: readonly MoveFigures[], figure: 'durationMs' | 'downtimeMs' | 'wholeMs'): number {
  return median(moves.map((move) => move[figure]));
}

import type uPlot from 'uplot';
import type { MigrationAction, ProgressSample } from '../../../electron/ipc/views.ts';
import { rate } from '../../format/quantity.ts';

const mebibyte = 1024 ** 2;

/** Seconds, transfer rate, dirty rate, pass. */
export function chartData(samples: readonly ProgressSample[]): uPlot.AlignedData {
  return [
    samples.map(({ elapsedMs }) => elapsedMs / 1000),
    samples.map(({ bandwidthBps }) => bandwidthBps),
    // QEMU measures it from the second pass on; until then it is not zero but unknown.
    samples.map(({ dirtyRateBps, iteration }) => (iteration < 2 ? null : dirtyRateBps)),
    samples.map(({ iteration }) => iteration),
  ];
}

/** A token's colour as the canvas understands it: `light-dark()` is settled by the browser. */
function colour(place: HTMLElement, token: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  place.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** The largest of 1, 2 or 5 times a power of ten MiB/s that divides the scale in two or more. */
function rateStep(max: number): number {
  const half = Math.max(1, max / mebibyte / 2);
  const power = 10 ** Math.floor(Math.log10(half));
  const factor = [5, 2, 1].find((candidate) => candidate * power <= half) ?? 1;
  return factor * power * mebibyte;
}

/** Thin vertical lines where a new pass over memory began. */
function passMarks(ink: string): uPlot.Plugin {
  return {
    hooks: {
      drawAxes: (chart) => {
        const { ctx, bbox } = chart;
        const [seconds, , , passes] = chart.data;
        ctx.save();
        ctx.strokeStyle = ink;
        ctx.globalAlpha = 0.5;
        ctx.lineWidth = devicePixelRatio;
        ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
        passes?.forEach((pass, index) => {
          const before = passes[index - 1];
          const second = seconds[index];
          if (before === undefined || before === pass || second === undefined) return;
          const x = Math.round(chart.valToPos(second, 'x', true));
          ctx.beginPath();
          ctx.moveTo(x, bbox.top);
          ctx.lineTo(x, bbox.top + bbox.height);
          ctx.stroke();
        });
        ctx.restore();
      },
    },
  };
}

/** Solid vertical lines where something was done to the migration. */
function actionMarks(ink: string, actions: () => readonly MigrationAction[]): uPlot.Plugin {
  return {
    hooks: {
      drawAxes: (chart) => {
        const { ctx, bbox } = chart;
        ctx.save();
        ctx.strokeStyle = ink;
        ctx.lineWidth = 2 * devicePixelRatio;
        for (const { elapsedMs } of actions()) {
          const x = Math.round(chart.valToPos(elapsedMs / 1000, 'x', true));
          ctx.beginPath();
          ctx.moveTo(x, bbox.top);
          ctx.lineTo(x, bbox.top + bbox.height);
          ctx.stroke();
        }
        ctx.restore();
      },
    },
  };
}

export function chartOptions(
  place: HTMLElement,
  height: number,
  actions: () => readonly MigrationAction[],
): uPlot.Options {
  const text = colour(place, '--text-faint');
  const grid = { stroke: colour(place, '--chart-grid'), width: 1 };
  const font = `11px ${getComputedStyle(place).fontFamily}`;
  const axis = { stroke: text, grid, ticks: { show: false }, font };
  return {
    width: place.clientWidth,
    height,
    // The last label of the time axis is centred on the chart's edge.
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    plugins: [passMarks(text), actionMarks(colour(place, '--warn'), actions)],
    scales: {
      x: { time: false, range: (_chart, _min, max) => [0, Math.max(10, max || 0)] },
      rate: { range: (_chart, _min, max) => [0, Math.max(2 * mebibyte, max || 0) * 1.1] },
    },
    axes: [
      { ...axis, size: 28, values: (_chart, ticks) => ticks.map((second) => `${second} s`) },
      {
        ...axis,
        scale: 'rate',
        size: 84,
        splits: (_chart, _axis, _min, max) => {
          const step = rateStep(max);
          return Array.from({ length: Math.floor(max / step) + 1 }, (_, index) => index * step);
        },
        values: (_chart, ticks) => ticks.map((value) => (value === 0 ? '0' : rate(value))),
      },
    ],
    series: [
      {},
      { scale: 'rate', stroke: colour(place, '--chart-rate'), width: 2, points: { show: false } },
      {
        scale: 'rate',
        stroke: colour(place, '--chart-dirty'),
        width: 2,
        dash: [6, 4],
        points: { show: false },
      },
      { show: false },
    ],
  };
}

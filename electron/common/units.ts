/** A figure apart from its unit, so that the unit can be set smaller. */
export interface Quantity {
  figure: string;
  unit: string;
}

const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Three significant digits at most, as `1.5 GiB`, `62.5 MiB`, `512 KiB`. Broken or negative input reads as `0 B`. */
export function byteQuantity(bytes: number): Quantity {
  let value = Number.isFinite(bytes) && bytes > 0 ? bytes : 0;
  let unit = 0;
  while (value >= 1023.5 && unit < binaryUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const figure = unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1).replace(/\.0$/, '');
  return { figure, unit: binaryUnits[unit] ?? 'B' };
}

export function rateQuantity(bytesPerSecond: number): Quantity {
  const { figure, unit } = byteQuantity(bytesPerSecond);
  return { figure, unit: `${unit}/s` };
}

function spelled({ figure, unit }: Quantity): string {
  return `${figure} ${unit}`;
}

export function formatBytes(bytes: number): string {
  return spelled(byteQuantity(bytes));
}

/** From bytes per second. */
export function formatRate(bytesPerSecond: number): string {
  return spelled(rateQuantity(bytesPerSecond));
}

/** `850 ms`, `4.2 s`, `40 s`, `3 min 20 s`, `2 h 5 min`. Broken or negative input reads as `0 ms`. */
export function formatDuration(ms: number): string {
  const value = Number.isFinite(ms) && ms > 0 ? ms : 0;
  if (value < 999.5) return `${Math.round(value)} ms`;
  if (value < 9_950) return `${(value / 1000).toFixed(1).replace(/\.0$/, '')} s`;
  return formatSeconds(Math.round(value / 1000));
}

/** Whole seconds in two units at most: `59 s`, `1 min 0 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

/** A figure apart from its unit, so that the unit can be set smaller. */
export interface Quantity {
  figure: string;
  unit: string;
}

const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

function sane(value: number): number {
  return Number.isFinite(value) && value > 0 ? value : 0;
}

/** Three significant digits at most, as `1.5 GiB`, `62.5 MiB`, `512 KiB`. Broken or negative input reads as `0 B`. */
export function byteQuantity(bytes: number): Quantity {
  let value = sane(bytes);
  let unit = 0;
  while (value >= 1023.5 && unit < binaryUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1).replace(/\.0$/, '');
  return { figure: digits, unit: binaryUnits[unit] ?? 'B' };
}

export function rateQuantity(bytesPerSecond: number): Quantity {
  const { figure, unit } = byteQuantity(bytesPerSecond);
  return { figure, unit: `${unit}/s` };
}

function spelled({ figure, unit }: Quantity): string {
  return `${figure} ${unit}`;
}

export function bytes(value: number): string {
  return spelled(byteQuantity(value));
}

/** From bytes per second. */
export function rate(value: number): string {
  return spelled(rateQuantity(value));
}

/** 0 to 100 in, whole percent out; never 100 before it is done. */
export function percent(value: number): string {
  return `${Math.floor(Math.min(100, sane(value)))} %`;
}

/** `1 guest`, `2 guests`. */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}

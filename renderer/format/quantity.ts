export {
  byteQuantity,
  formatBytes as bytes,
  formatRate as rate,
  rateQuantity,
  type Quantity,
} from '../../electron/common/units.ts';

/** 0 to 100 in, whole percent out; never 100 before it is done. */
export function percent(value: number): string {
  return `${Math.floor(Math.min(100, Number.isFinite(value) && value > 0 ? value : 0))} %`;
}

/** `1 guest`, `2 guests`. */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}

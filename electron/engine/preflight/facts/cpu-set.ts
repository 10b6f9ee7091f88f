/** No host has as many CPUs or NUMA nodes as this. */
const maxNumber = 16_383;

/**
 * Reads a set as libvirt writes it, `0-3,^2,8` (`virBitmapParse`): ranges, and numbers taken out again.
 *
 * @returns the numbers in order; `undefined` where it is not such a set.
 */
export function parseNumberSet(text: string): number[] | undefined {
  const numbers = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^\s*(\^?)(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part);
    if (match === null) return undefined;
    const [, without, first, last = first] = match;
    const [from, to] = [Number(first), Number(last)];
    if (from > to || to > maxNumber || (without === '^' && from !== to)) return undefined;
    for (let number = from; number <= to; number += 1) {
      if (without === '^') numbers.delete(number);
      else numbers.add(number);
    }
  }
  return [...numbers].toSorted((one, other) => one - other);
}

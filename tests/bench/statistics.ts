/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new RangeError('no values');
  return (low + high) / 2;
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** To a hundredth; more is noise. */
export const rounded = (value: number): number => Math.round(value * 100) / 100;

/**
 * Measures two things in turn, so that what else the machine does meets both alike; which goes first alternates.
 *
 * @returns all values of each, in order
 */
export async function alternate<A, B>(
  pairs: number,
  first: () => Promise<A>,
  second: () => Promise<B>,
): Promise<{ first: A[]; second: B[] }> {
  const values: { first: A[]; second: B[] } = { first: [], second: [] };
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) {
      values.first.push(await first());
      values.second.push(await second());
    } else {
      values.second.push(await second());
      values.first.push(await first());
    }
  }
  return values;
}

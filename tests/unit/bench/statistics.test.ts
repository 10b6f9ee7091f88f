import { describe, expect, it } from 'vitest';
import { growthOf } from '../../bench/client-report.ts';
import { alternate, median } from '../../bench/statistics.ts';

describe('the median', () => {
  it.each([
    [[7], 7],
    [[9, 1, 5], 5],
    [[10, 2, 4, 1], 3],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('of nothing is no number', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

it('two things are measured in turn, each first every other time', async () => {
  const order: string[] = [];
  const note = (name: string) => () => Promise.resolve(order.push(name));
  const values = await alternate(3, note('a'), note('b'));
  expect(order.join('')).toBe('abbaab');
  expect(values).toEqual({ first: [1, 4, 5], second: [2, 3, 6] });
});

it('growth is from the smallest host to the largest, whatever their order', () => {
  const result = (guests: number, viaduct: number[]) => ({
    guests,
    viaduct,
    roundTrips: 4,
    viaductAgain: [],
    virshList: [],
    virshBulk: [],
    wall: { viaduct: [], virsh: [] },
  });
  const growth = growthOf([result(5000, [60]), result(10_000, [90, 120, 100]), result(1000, [20])]);
  expect(growth).toEqual({ guests: 10, time: 5, microsecondsPerGuest: [20, 10] });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ago, countdown, duration, exactTime } from '../../../../renderer/format/time.ts';

describe('duration', () => {
  it.each([
    [0, '0 ms'],
    [187.4, '187 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [4_200, '4.2 s'],
    [9_949, '9.9 s'],
    [9_950, '10 s'],
    [19_840, '20 s'],
    [59_499, '59 s'],
    [59_500, '1 min 0 s'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
    [180_000_000, '2 d 2 h'],
    [-1, '0 ms'],
    [Number.NaN, '0 ms'],
  ])('reads %d ms as %s', (value, text) => {
    expect(duration(value)).toBe(text);
  });

  it('never shows sixty of a unit that has a next one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 10 }), (value) => {
        expect(duration(value)).not.toMatch(/\b(60 s|60 min|24 h)\b/);
      }),
    );
  });
});

describe('countdown', () => {
  it.each([
    [0, '0 s'],
    [-900, '0 s'],
    [1, '1 s'],
    [24_000, '24 s'],
    [60_000, '1 min 0 s'],
  ])('rounds %d ms up to %s', (value, text) => {
    expect(countdown(value)).toBe(text);
  });
});

describe('ago', () => {
  it.each([
    [0, 'just now'],
    [4_999, 'just now'],
    [20_000, '20 s ago'],
    [60_000, '1 min ago'],
    [3_600_000, '1 h ago'],
    [172_800_000, '2 d ago'],
    [-10_000, 'just now'],
  ])('reads %d ms back as %s', (past, text) => {
    expect(ago(1_000_000_000 - past, 1_000_000_000)).toBe(text);
  });
});

describe('exactTime', () => {
  it('is local, to the second, and sorts as text', () => {
    const noon = new Date(2026, 10, 21, 14, 3, 9).getTime();
    expect(exactTime(noon)).toBe('2026-11-21 14:03:09');
  });
});

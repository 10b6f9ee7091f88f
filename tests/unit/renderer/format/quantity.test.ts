import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteQuantity, bytes, count, percent, rate } from '../../../../renderer/format/quantity.ts';

const KiB = 1024;
const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [1, '1 B'],
    [1023, '1023 B'],
    [KiB, '1 KiB'],
    [1536, '1.5 KiB'],
    [512 * MiB, '512 MiB'],
    [GiB - 1, '1 GiB'],
    [1.25 * GiB, '1.3 GiB'],
    [22.4 * GiB, '22.4 GiB'],
    [100.4 * GiB, '100 GiB'],
    [-5, '0 B'],
    [Number.NaN, '0 B'],
    [Number.POSITIVE_INFINITY, '0 B'],
  ])('reads %d as %s', (value, text) => {
    expect(bytes(value)).toBe(text);
  });

  it('never takes more than four digits and a point, whatever the amount', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2 ** 59, noNaN: true }), (value) => {
        expect(byteQuantity(value).figure).toMatch(/^\d{1,4}$|^\d{1,2}\.\d$/);
      }),
    );
  });

  it('is off by at most a twentieth of the amount from 1 KiB on', () => {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
    fc.assert(
      fc.property(fc.integer({ min: 1024, max: Number.MAX_SAFE_INTEGER }), (value) => {
        const { figure, unit } = byteQuantity(value);
        const said = Number(figure) * 1024 ** units.indexOf(unit);
        expect(Math.abs(said - value) / value).toBeLessThan(0.05);
      }),
    );
  });
});

describe('rate', () => {
  it('says bytes per second', () => {
    expect(rate(104 * MiB)).toBe('104 MiB/s');
  });
});

describe('percent', () => {
  it.each([
    [0, '0 %'],
    [62.9, '62 %'],
    [99.99, '99 %'],
    [100, '100 %'],
    [140, '100 %'],
    [-3, '0 %'],
  ])('reads %d as %s, never done before it is', (value, text) => {
    expect(percent(value)).toBe(text);
  });
});

describe('count', () => {
  it('has a plural', () => {
    expect([count(0, 'guest'), count(1, 'guest'), count(2, 'guest')]).toEqual([
      '0 guests',
      '1 guest',
      '2 guests',
    ]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decodeXdr, encodeXdr, type Codec } from '../../../../electron/libvirt/xdr/codec.ts';
import { i64, u64 } from '../../../../electron/libvirt/xdr/scalars.ts';

const run = { seed: 64, numRuns: 5000 };
/** Where a number of JavaScript would lose its last digits, and every other place where bits change over. */
const powers = Array.from({ length: 65 }, (_, bits) => 2n ** BigInt(bits));
const edges = powers.flatMap((power) => [power - 1n, power, power + 1n]);

/** The sixteen digits of a value, by arithmetic alone. */
function digits(value: bigint): string {
  return ((value + 2n ** 64n) % 2n ** 64n).toString(16).padStart(16, '0');
}

function staysExact(codec: Codec<bigint>, value: bigint): void {
  const bytes = encodeXdr(codec, value);
  expect(Buffer.from(bytes).toString('hex')).toBe(digits(value));
  expect(decodeXdr(codec, bytes)).toBe(value);
}

describe('64-bit values', () => {
  it('are exact around every power of two', () => {
    for (const value of edges.filter((edge) => edge < 2n ** 64n)) staysExact(u64, value);
    for (const value of edges.flatMap((edge) => [edge, -edge])) {
      if (value >= -(2n ** 63n) && value < 2n ** 63n) staysExact(i64, value);
    }
  });

  it(`are exact wherever they are (seed ${run.seed})`, () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => staysExact(u64, value)),
      run,
    );
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => staysExact(i64, value)),
      run,
    );
  });
});

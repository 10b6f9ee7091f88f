import fc from 'fast-check';
import { expect, it } from 'vitest';
import { roundsOf } from '../../../electron/wizard/rounds.ts';

it('tries every direction once, and no host twice at the same time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 17 }), (count) => {
      const all = Array.from({ length: count }, (_, index) => index);
      const rounds = roundsOf(all);
      const pairs = rounds.flat().map(([from, to]) => `${from}>${to}`);
      const wanted = all.flatMap((from) => all.filter((to) => to !== from).map((to) => `${from}>${to}`));
      expect(pairs.toSorted()).toEqual(wanted.toSorted());
      for (const round of rounds) expect(new Set(round.flat()).size).toBe(round.length * 2);
    }),
  );
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { caseNamed, draw, lacking, nameOf } from '../../lab/faults/draw.ts';
import { moments } from '../../lab/faults/moments.ts';
import { ranAgain, verdictIsTrue } from '../../lab/faults/oracles.ts';
import { anyHostKey, plainTransport, seededDefects } from '../../lab/faults/seeded-defects.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const seeds = fc.string({ maxLength: 8 });

describe('drawing faults', () => {
  it('gives the same for the same seed, and takes each moment in turn', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 60 }), (seed, count) => {
        const drawn = draw(count, seed);
        expect(drawn.map(nameOf)).toEqual(draw(count, seed).map(nameOf));
        expect(drawn.map(({ moment }) => moment)).toEqual(
          drawn.map((_, index) => moments[index % moments.length]),
        );
      }),
      { numRuns: 20 },
    );
  });

  it('does not give one again before all others of its moment', () => {
    const drawn = draw(moments.length * 30, 'a').filter(({ moment }) => moment.name === 'finish reply');
    expect(new Set(drawn.map(nameOf)).size).toBe(drawn.length);
  });

  it('goes on with what is lacking, as often as it was drawn', () => {
    const [one, other] = [...draw(2, 'a')];
    const names = lacking(
      [one, other, one, one].filter((each) => each !== undefined),
      [
        ...draw(1, 'a').map((each) => ({ name: nameOf(each) })),
        ...draw(1, 'a').map((each) => ({ name: nameOf(each) })),
        { name: 'gone from the list' },
      ],
    ).map(nameOf);
    expect(names).toEqual(draw(2, 'a').map(nameOf).toReversed());
  });

  it('never kills the only guest', () => {
    const deadly = draw(2000, 'a').filter(
      ({ fault, moment }) =>
        (/QEMU killed on the destination|power of the destination/.test(fault.name) && moment.mayHaveLeft) ||
        (fault.name === 'power of the source cut' && !moment.mayHaveLeft),
    );
    expect(deadly).toEqual([]);
  });
});

describe('an oracle', () => {
  it('takes a guest that went there, and not one that came back', () => {
    expect(ranAgain(['alpha', 'beta'])).toEqual([]);
    expect(ranAgain(['alpha', 'beta', 'alpha'])).toMatchObject([{ violation: 'split brain' }]);
  });

  it.each([
    ['migrated', 'destination', 'beta', true],
    ['migrated', 'destination', 'alpha', false],
    ['failed', 'source', 'alpha', true],
    ['failed', 'source', 'beta', false],
    ['cancelled', 'source', undefined, false],
    ['stuck', 'destination', 'beta', false],
    ['stuck', 'unknown', 'alpha', false],
  ] as const)('holds %s, on the %s, against a guest on %s: %s', (outcome, runningOn, on, isTrue) => {
    const seen = verdictIsTrue({ type: 'result', outcome, runningOn }, 'alpha', on);
    expect(seen).toHaveLength(isTrue ? 0 : 1);
  });
});

it.each([...seededDefects, plainTransport, anyHostKey])('$name: can be put into the program', (defect) => {
  const text = readFileSync(join(root, defect.file), 'utf8');
  expect(text.split(defect.change[0])).toHaveLength(2);
});

it.each(seededDefects)('$name: meets a fault that there is', ({ fault }) => {
  expect(nameOf(caseNamed(fault))).toBe(fault);
});

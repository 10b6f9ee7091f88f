import { describe, expect, it } from 'vitest';
import { movedWhere } from '../../../../renderer/format/receipt.ts';
import { move, result } from '../samples.ts';

const names = { source: 'alpha', destination: 'beta' };

describe('movedWhere', () => {
  it.each([
    ['destination', 'web01 runs on beta.'],
    ['source', 'web01 runs on alpha.'],
    ['unknown', 'It is not known whether web01 runs, or where.'],
  ] as const)('says it for %s', (runningOn, sentence) => {
    expect(movedWhere(move({ result: result({ runningOn }) }), names)).toBe(sentence);
  });

  it('says nothing while the guest is on its way', () => {
    expect(movedWhere(move(), names)).toBeUndefined();
  });
});

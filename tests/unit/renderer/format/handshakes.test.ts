import { describe, expect, test } from 'vitest';
import type { WizardCell } from '../../../../electron/ipc/views.ts';
import {
  isTried,
  moveInGrid,
  proofSummary,
  worstOf,
  type CellState,
} from '../../../../renderer/format/handshakes.ts';

function cell(control: CellState, data: CellState): WizardCell {
  return {
    fromHostId: 'alpha',
    toHostId: 'beta',
    control: { state: control, finding: undefined },
    data: { state: data, finding: undefined },
    triedAtMs: undefined,
  };
}

describe('a direction', () => {
  test.each([
    ['proven', 'proven', 'proven', true],
    ['proven', 'failed', 'failed', true],
    ['failed', 'trying', 'failed', true],
    ['unknown', 'proven', 'unknown', true],
    ['warning', 'proven', 'warning', true],
    ['proven', 'waiting', 'waiting', false],
    ['proven', 'trying', 'trying', false],
  ] as const)('with control %s and data %s is %s', (control, data, worst, tried) => {
    expect(worstOf(cell(control, data))).toBe(worst);
    expect(isTried(cell(control, data))).toBe(tried);
  });
});

describe('the summary', () => {
  const good = cell('proven', 'proven');
  test.each([
    [[], 'Nothing to try yet.'],
    [[good], 'The direction is proven.'],
    [[good, good], 'Both directions are proven.'],
    [Array.from({ length: 6 }, () => good), 'All 6 directions are proven.'],
    [[good, cell('failed', 'proven')], '1 of 2 directions proven, 1 failed.'],
    [[cell('waiting', 'waiting'), cell('trying', 'waiting')], '0 of 2 directions proven, 2 to try.'],
    [
      [good, cell('unknown', 'proven'), cell('proven', 'warning'), cell('failed', 'failed')],
      '1 of 4 directions proven, 1 failed, 1 unknown, 1 with a warning.',
    ],
  ])('of %# reads as it stands', (cells, sentence) => {
    expect(proofSummary(cells)).toBe(sentence);
  });

  test('never says proven of what was not tried whole', () => {
    for (const state of ['waiting', 'trying', 'warning', 'failed', 'unknown'] as const) {
      expect(proofSummary([good, cell('proven', state)])).not.toMatch(/directions are proven/);
    }
  });
});

describe('moving in the matrix', () => {
  test.each([
    [{ row: 0, column: 1 }, 'ArrowDown', { row: 1, column: 1 }],
    [{ row: 1, column: 1 }, 'ArrowDown', { row: 1, column: 1 }],
    [{ row: 1, column: 1 }, 'ArrowUp', { row: 0, column: 1 }],
    [{ row: 0, column: 0 }, 'ArrowLeft', { row: 0, column: 0 }],
    [{ row: 0, column: 0 }, 'ArrowRight', { row: 0, column: 1 }],
    [{ row: 1, column: 1 }, 'Home', { row: 1, column: 0 }],
    [{ row: 1, column: 0 }, 'End', { row: 1, column: 1 }],
    [{ row: 0, column: 0 }, 'a', undefined],
  ])('from %j by %s', (from, key, to) => {
    expect(moveInGrid(from, key, 2)).toEqual(to);
  });
});

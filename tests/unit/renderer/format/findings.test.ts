import { describe, expect, it } from 'vitest';
import type { FindingLevel } from '../../../../electron/ipc/views.ts';
import { groupFindings, sideName } from '../../../../renderer/format/findings.ts';

function finding(level: FindingLevel) {
  return { id: level, side: 'source' as const, level, summary: level };
}

describe('groupFindings', () => {
  it('counts a check that could not run among what needs a look, never as fine', () => {
    const groups = groupFindings((['ok', 'unknown', 'info', 'warning', 'error'] as const).map(finding));
    expect(groups.mustFix.map(({ id }) => id)).toEqual(['error']);
    expect(groups.lookAt.map(({ id }) => id)).toEqual(['unknown', 'warning']);
    expect(groups.fine.map(({ id }) => id)).toEqual(['ok', 'info']);
  });
});

describe('sideName', () => {
  it.each([
    ['source', 'alpha'],
    ['destination', 'beta'],
    ['between', 'between alpha and beta'],
    ['guest', 'the guest'],
    ['client', 'this computer'],
  ] as const)('names %s as %s', (side, name) => {
    expect(sideName(side, 'alpha', 'beta')).toBe(name);
  });
});

import { describe, expect, it } from 'vitest';
import { isNewer } from '../../../../renderer/state/generations.ts';

describe('isNewer', () => {
  it('takes the first snapshot, and then only those that rise', () => {
    expect(isNewer(undefined, { generation: 0 })).toBe(true);
    expect(isNewer({ generation: 3 }, { generation: 4 })).toBe(true);
    expect(isNewer({ generation: 3 }, { generation: 3 })).toBe(false);
    expect(isNewer({ generation: 3 }, { generation: 2 })).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { applyGuestChanges } from '../../../../renderer/state/apply-guest-changes.ts';
import { guest, host } from '../samples.ts';

const before = { ...host('alpha', [guest('a'), guest('b')]), guestsGeneration: 4 };
const names = (changed: ReturnType<typeof applyGuestChanges>) =>
  changed?.guests?.map(({ name, state }) => `${name} ${state}`);

describe('changes of a host’s guests', () => {
  it('replace, remove and add', () => {
    const after = applyGuestChanges(before, {
      hostId: 'alpha',
      since: 4,
      generation: 6,
      changed: [guest('b', 'paused'), guest('c')],
      removed: [guest('a').uuid],
    });
    expect(names(after)).toEqual(['b paused', 'c running']);
    expect(after?.guestsGeneration).toBe(6);
  });

  it('make an empty list of none', () => {
    const unlisted = { ...host('alpha', undefined), guestsGeneration: 0 };
    const first = { hostId: 'alpha', since: 0, generation: 1, changed: [], removed: [] };
    expect(applyGuestChanges(unlisted, first)?.guests).toEqual([]);
  });

  it('that are known already change nothing', () => {
    const old = { hostId: 'alpha', since: 2, generation: 4, changed: [], removed: [guest('a').uuid] };
    expect(applyGuestChanges(before, old)).toBe(before);
  });

  it('that overlap with what is known are applied, those behind a gap are not', () => {
    const changes = { hostId: 'alpha', generation: 7, changed: [], removed: [guest('a').uuid] };
    expect(names(applyGuestChanges(before, { ...changes, since: 3 }))).toEqual(['b running']);
    expect(applyGuestChanges(before, { ...changes, since: 5 })).toBeUndefined();
  });
});

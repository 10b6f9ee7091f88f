import { describe, expect, it } from 'vitest';
import { GuestList } from '../../../electron/hosts/guest-list.ts';
import { guest } from '../renderer/samples.ts';

describe('what changed among the guests of a host', () => {
  it('is nothing before the first list, and then all of it, even when that is none', () => {
    const list = new GuestList();
    list.set(guest('a'));
    expect(list.takeChanges('h')).toBeUndefined();
    list.replace([]);
    expect(list.takeChanges('h')).toEqual({
      hostId: 'h',
      since: 0,
      generation: 1,
      changed: [],
      removed: [guest('a').uuid],
    });
    expect(list.takeChanges('h')).toBeUndefined();
  });

  it('is only what differs, also after the host was listed anew', () => {
    const list = new GuestList();
    list.replace([guest('a'), guest('b'), guest('c')]);
    list.takeChanges('h');
    list.replace([guest('a'), guest('b', 'paused'), guest('d')]);
    expect(list.takeChanges('h')).toEqual({
      hostId: 'h',
      since: 1,
      generation: 2,
      changed: [guest('b', 'paused'), guest('d')],
      removed: [guest('c').uuid],
    });
    list.set(guest('a'));
    list.delete('unknown');
    expect(list.takeChanges('h')).toBeUndefined();
    expect(list.generation).toBe(2);
  });

  it('tells a guest that came and went in between as gone', () => {
    const list = new GuestList();
    list.replace([]);
    list.takeChanges('h');
    list.set(guest('a'));
    list.delete(guest('a').uuid);
    expect(list.takeChanges('h')).toMatchObject({ changed: [], removed: [guest('a').uuid] });
  });
});

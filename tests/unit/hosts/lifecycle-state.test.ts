import { describe, expect, it } from 'vitest';
import { stateAfter } from '../../../electron/hosts/lifecycle-state.ts';
import { shownState } from '../../../electron/hosts/inventory.ts';
import { describeLifecycle } from '../../../electron/libvirt/index.ts';

describe('the state after a lifecycle event', () => {
  it.each<[number, number, string | undefined]>([
    [0, 0, undefined],
    [1, 0, undefined],
    [2, 0, 'running (booted)'],
    [2, 1, 'running (migrated here)'],
    [2, 2, 'running (restored)'],
    [2, 3, 'running (from a snapshot)'],
    [2, 4, 'running (woken up)'],
    [2, 99, 'running'],
    [3, 0, 'paused (by a user)'],
    [3, 1, 'paused (for migration)'],
    [3, 2, 'paused (I/O error)'],
    [3, 3, 'paused (watchdog)'],
    [3, 4, 'paused'],
    [3, 5, 'paused (from a snapshot)'],
    [3, 6, 'paused (API error)'],
    [3, 7, 'paused (post-copy)'],
    [3, 8, 'paused (post-copy failed)'],
    [4, 0, 'running (unpaused)'],
    [4, 1, 'running (migrated here)'],
    [4, 2, 'running (from a snapshot)'],
    [4, 3, 'running (post-copy)'],
    [4, 4, 'running (post-copy failed)'],
    [5, 0, 'shut off (shut down)'],
    [5, 1, 'shut off (destroyed)'],
    [5, 2, 'shut off (crashed)'],
    [5, 3, 'shut off (migrated away)'],
    [5, 4, 'shut off (saved)'],
    [5, 5, 'shut off (failed to start)'],
    [5, 6, 'shut off (from a snapshot)'],
    [6, 0, 'shutting down'],
    [6, 2, 'shutting down'],
    [7, 0, 'suspended'],
    [8, 0, 'crashed (guest panicked)'],
    [8, 1, undefined],
    [77, 0, undefined],
  ])('%d, %d: %s', (event, detail, words) => {
    const after = stateAfter(event, detail);
    expect(after && shownState(after).stateReason, describeLifecycle(event, detail)).toBe(words);
  });
});

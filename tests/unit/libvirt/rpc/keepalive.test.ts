import { describe, expect, it } from 'vitest';

import { KeepaliveState } from '../../../../electron/libvirt/rpc/keepalive.ts';

/** Runs the state with its own timer until it says dead; returns what it said and when. */
function run(state: KeepaliveState, heardAtMs: readonly number[] = []): string[] {
  const said: string[] = [];
  const heard = [...heardAtMs];
  for (let nowMs = 0; nowMs <= 200_000; nowMs += 100) {
    if (heard[0] === nowMs) {
      state.heard(nowMs);
      heard.shift();
    }
    const verdict = state.check(nowMs);
    if (verdict !== 'wait') said.push(`${nowMs / 1000} ${verdict}`);
    if (verdict === 'dead') return said;
  }
  return said;
}

describe('keepalive', () => {
  it('pings after each interval of silence and gives up after interval x (count + 1)', () => {
    const said = run(new KeepaliveState({ intervalMs: 5000, count: 5 }, 0));
    expect(said).toEqual(['5 ping', '10 ping', '15 ping', '20 ping', '25 ping', '30 dead']);
  });

  it('gives up after one interval without a ping when the count is 0', () => {
    expect(run(new KeepaliveState({ intervalMs: 5000, count: 0 }, 0))).toEqual(['5 dead']);
  });

  it('starts anew with every packet that is heard', () => {
    const said = run(new KeepaliveState({ intervalMs: 5000, count: 1 }, 0), [4000, 12_000]);
    expect(said).toEqual(['9 ping', '17 ping', '22 dead']);
  });

  it('asks first after the workstation slept for hours', () => {
    const state = new KeepaliveState({ intervalMs: 5000, count: 2 }, 0);
    const wokenAtMs = 8 * 3_600_000;
    expect(state.check(wokenAtMs)).toBe('ping');
    expect(state.check(wokenAtMs + 1)).toBe('wait');
    expect(state.msUntilDue(wokenAtMs)).toBe(5000);
  });
});

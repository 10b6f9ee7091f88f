import { describe, expect, it } from 'vitest';
import { phaseTrack } from '../../../../renderer/format/phase-track.ts';
import { move, result } from '../samples.ts';

const begun = [
  { phase: 'begin' as const, startedMs: 0, endedMs: 140 },
  { phase: 'prepare' as const, startedMs: 140, endedMs: 910 },
  { phase: 'perform' as const, startedMs: 910, endedMs: undefined },
];

describe('phaseTrack', () => {
  it('counts whole seconds of the phase under way', () => {
    const running = move({ phases: begun });
    const stops = phaseTrack(running, running.startedAtMs + 910 + 7_300);
    expect(stops.map(({ state, time }) => [state, time])).toEqual([
      ['done', '140 ms'],
      ['done', '770 ms'],
      ['under way', '7 s'],
      ['to come', ''],
      ['to come', ''],
    ]);
  });

  it('marks the phase that the end cut short', () => {
    const cut = move({ phases: begun, result: result({ outcome: 'cancelled', totalMs: 5_910 }) });
    expect(phaseTrack(cut, 0)[2]).toMatchObject({ phase: 'perform', state: 'broken off', time: '5 s' });
  });

  it('marks the phase that failed though it has an end', () => {
    const ended = begun.map((phase) => ({ ...phase, endedMs: phase.endedMs ?? 8_000 }));
    const error = { code: 'x', side: 'source' as const, phase: 'perform' as const, message: '', remedy: '' };
    const failed = move({ phases: ended, result: result({ outcome: 'failed', error }) });
    expect(phaseTrack(failed, 0).map(({ state }) => state)).toEqual([
      'done',
      'done',
      'broken off',
      'to come',
      'to come',
    ]);
  });

  it('has no copy of a guest that is shut off', () => {
    const offline = { ...move({}).options, offline: true };
    expect(phaseTrack(move({ options: offline }), 0).map(({ label }) => label)).toEqual([
      ...['check', 'prepare', 'switch', 'confirm'],
    ]);
  });

  it('shows one stretch where the source’s daemon moves the guest by itself', () => {
    const byDaemon = { ...move({}).options, control: 'p2p' as const };
    const perform = { phase: 'perform' as const, startedMs: 300, endedMs: 8_300 };
    const moved = move({ options: byDaemon, phases: [perform], result: result({}) });
    expect(phaseTrack(moved, 0)).toMatchObject([{ phase: 'perform', state: 'done', time: '8 s' }]);
    const chosen = { ...byDaemon, control: 'auto' as const };
    expect(phaseTrack(move({ options: chosen, phases: [perform] }), 0)).toHaveLength(1);
    expect(phaseTrack(move({ options: chosen, phases: begun }), 0)).toHaveLength(5);
  });
});

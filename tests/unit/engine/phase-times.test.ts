import { expect, it } from 'vitest';
import { phaseBegan, phaseEnded } from '../../../electron/engine/progress/phase-times.ts';

it('times each phase', () => {
  const phases = phaseEnded(phaseBegan(phaseBegan([], 'begin', 1), 'prepare', 5), 'begin', 4);
  expect(phases).toEqual([
    { phase: 'begin', startedMs: 1, endedMs: 4 },
    { phase: 'prepare', startedMs: 5, endedMs: undefined },
  ]);
});

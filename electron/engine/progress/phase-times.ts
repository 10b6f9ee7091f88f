import type { Phase } from '../outcome.ts';

/** When a phase ran, in milliseconds since its migration was started. */
export interface PhaseTime {
  phase: Phase;
  startedMs: number;
  endedMs: number | undefined;
}

export function phaseBegan(phases: readonly PhaseTime[], phase: Phase, startedMs: number): PhaseTime[] {
  return [...phases, { phase, startedMs, endedMs: undefined }];
}

export function phaseEnded(phases: readonly PhaseTime[], phase: Phase, endedMs: number): PhaseTime[] {
  return phases.map((time) =>
    time.phase === phase && time.endedMs === undefined ? { ...time, endedMs } : time,
  );
}

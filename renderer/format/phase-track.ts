import type { MigrationSnapshot, Phase } from '../../electron/ipc/views.ts';
import { duration } from './time.ts';

export interface PhaseStop {
  phase: Phase;
  /** The phase in the admin's words. */
  label: string;
  state: 'to come' | 'under way' | 'done' | 'broken off';
  /** How long it took, or has taken so far; empty before it begins. */
  time: string;
}

const stops: { phase: Phase; label: string }[] = [
  { phase: 'begin', label: 'check' },
  { phase: 'prepare', label: 'prepare' },
  { phase: 'perform', label: 'copy' },
  { phase: 'finish', label: 'switch' },
  { phase: 'confirm', label: 'confirm' },
];

/** Of a guest that is shut off nothing is copied. */
const offlineStops = stops.filter(({ phase }) => phase !== 'perform');

/** Within it the source's daemon goes through all five by itself, and tells of none. */
const byTheDaemon: typeof stops = [{ phase: 'perform', label: 'moved by the source' }];

/** Phases in order, each with its state and time. A phase that the end cut short is broken off. */
export function phaseTrack(migration: MigrationSnapshot, nowMs: number): PhaseStop[] {
  const { options, phases, result, startedAtMs } = migration;
  const isManaged = options.control === 'managed' || phases.some(({ phase }) => phase === 'begin');
  const isKnown = phases.length > 0 || options.control === 'p2p';
  const managed = options.offline ? offlineStops : stops;
  return (isKnown && !isManaged ? byTheDaemon : managed).map(({ phase, label }) => {
    const times = phases.find((entry) => entry.phase === phase);
    if (!times) return { phase, label, state: 'to come', time: '' };
    if (times.endedMs !== undefined) {
      const brokenOff = result?.error?.phase === phase && result.outcome !== 'migrated';
      const time = duration(times.endedMs - times.startedMs);
      return { phase, label, state: brokenOff ? 'broken off' : 'done', time };
    }
    if (result) {
      const state = result.outcome === 'migrated' ? 'done' : 'broken off';
      return { phase, label, state, time: duration(result.totalMs - times.startedMs) };
    }
    const soFarMs = Math.max(0, nowMs - startedAtMs - times.startedMs);
    return { phase, label, state: 'under way', time: duration(Math.floor(soFarMs / 1000) * 1000) };
  });
}

import { expect } from 'vitest';
import type { Simulation } from './run-simulation.ts';

/** What must hold at the end of every run, whatever went wrong in it. */
export function expectTruth({ result, hosts }: Simulation, wasPaused = false): void {
  expect(hosts.violations).toEqual([]);
  const { source, destination } = hosts.copies;
  const onSource = source !== undefined && source.state !== 5;
  const onDestination = destination !== undefined && destination.state !== 5;
  expect(onSource || onDestination, 'the guest is lost').toBe(true);
  switch (result.outcome) {
    case 'migrated':
      expect(result.runningOn).toBe('destination');
      expect(destination).toMatchObject({ state: wasPaused ? 3 : 1, memory: 'whole' });
      expect(onSource, 'the source still holds a copy').toBe(false);
      break;
    case 'failed':
    case 'cancelled':
      expect(result.runningOn).toBe('source');
      expect(source?.state).toBe(wasPaused ? 3 : 1);
      if (onDestination) expect(result.error?.message).toMatch(/not certain/);
      break;
    case 'stuck':
      expect(result.error?.remedy).not.toBe('');
      if (result.runningOn === 'destination') expect(destination).toMatchObject({ memory: 'whole' });
      else expect(result.runningOn).toBe('unknown');
      break;
    case 'refused':
      expect.unreachable('a run refuses nothing');
  }
}

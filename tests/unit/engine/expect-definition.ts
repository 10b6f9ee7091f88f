import { expect } from 'vitest';
import type { Simulation } from './run-simulation.ts';

/** What must hold at the end of every run: the definition is not lost, and the verdict says where it is. */
export function expectDefinition(
  { result, hosts }: Pick<Simulation, 'result' | 'hosts'>,
  keeps: boolean,
): void {
  expect(hosts.violations).toEqual([]);
  const { source, destination } = hosts.copies;
  const arrived = destination?.persistent === true && destination.isMoved === true;
  expect(source !== undefined || arrived, 'the definition is lost').toBe(true);
  expect(hosts.runningOn, 'nothing starts it').toEqual([]);
  expect(result).toMatchObject({ offline: true, downtimeMs: null });
  switch (result.outcome) {
    case 'migrated':
      expect(result.runningOn).toBe('destination');
      expect(arrived).toBe(true);
      expect(source === undefined).toBe(!keeps);
      break;
    case 'failed':
    case 'cancelled':
      expect(result.runningOn).toBe('source');
      expect(source).toBeDefined();
      // One that was there before is nothing to tell of, unless it may have been replaced.
      if (arrived || destination?.persistent === false) expect(result.error?.message).toMatch(/not certain/);
      break;
    case 'stuck':
      expect(result.error?.remedy).not.toBe('');
      expect(['destination', 'unknown']).toContain(result.runningOn);
      if (result.runningOn === 'destination') expect(arrived).toBe(true);
      break;
    case 'refused':
      expect.unreachable('a run refuses nothing');
  }
}

import { unlessOffline, type Check } from '../check.ts';
import { formatBytes } from '../format-bytes.ts';
import { findingsOf } from '../finding-of.ts';

/** Whether the guest's memory fits into what is free; a warning, because hosts may overcommit on purpose. */
export const destinationMemoryCheck: Check = {
  id: 'destination.memory',
  title: 'free memory on the destination',
  side: 'destination',
  needs: ['guest', 'destination'],
  applies: unlessOffline,
  run: async (context) => {
    const finding = findingsOf('destination.memory', 'destination');
    const { name, memoryBytes } = await context.guest();
    const free = await context.destination.freeMemoryBytes();
    const words = `${name} has ${formatBytes(memoryBytes)} of memory; ${context.destination.name} has ${formatBytes(free)} free`;
    if (free >= memoryBytes) return [finding.ok(`${words}.`)];
    return [
      finding.warning({
        summary: `${words}, which is less.`,
        evidence: 'free memory, page cache and buffers together',
        remedy: `Free memory on ${context.destination.name}, or choose another destination.`,
      }),
    ];
  },
};

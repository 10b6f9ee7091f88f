import { cpus, loadavg, release, totalmem } from 'node:os';
import type { ClientBenchResult, InventoryResult } from './client-bench.ts';
import { median, rounded } from './statistics.ts';
import { formatTable, verdict } from './table.ts';

/** What is kept of a run. */
export interface ClientBenchReport extends ClientBenchResult {
  benchmark: 'client';
  command: string;
  date: string;
  versions: { viaduct: string; node: string; libvirt: string };
  machine: { cpu: string; cores: number; memoryGiB: number; kernel: string; loadAtStart: number };
  /** From the smallest host to the largest. */
  growth: { guests: number; time: number; microsecondsPerGuest: [number, number] };
}

/** The inventory takes at most this part of virsh's time, and grows no more than this much faster than the guests. */
export const aims = { inventoryRatio: 0.25, growth: 1.2 } as const;

export function machine(): ClientBenchReport['machine'] {
  const processors = cpus();
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    loadAtStart: rounded(loadavg()[0] ?? 0),
  };
}

/** How the time of an inventory grows with the number of guests. */
export function growthOf(inventory: readonly InventoryResult[]): ClientBenchReport['growth'] {
  const [smallest, ...rest] = inventory.toSorted((a, b) => a.guests - b.guests);
  const largest = rest.at(-1) ?? smallest;
  if (smallest === undefined || largest === undefined) throw new RangeError('nothing was measured');
  const perGuest = ({ guests, viaduct }: InventoryResult): number => (median(viaduct) * 1000) / guests;
  return {
    guests: rounded(largest.guests / smallest.guests),
    time: rounded(median(largest.viaduct) / median(smallest.viaduct)),
    microsecondsPerGuest: [rounded(perGuest(smallest)), rounded(perGuest(largest))],
  };
}

/** The report for people: medians, and whether the aims are met. */
export function formatReport(report: Pick<ClientBenchReport, 'inventory' | 'calls' | 'growth'>): string {
  const rows = [['what', 'guests', 'viaduct ms', 'virsh ms', 'ratio']];
  const add = (what: string, guests: number, ours: readonly number[], theirs: readonly number[]): void => {
    const [mine, other] = [median(ours), median(theirs)];
    rows.push([what, `${guests}`, mine.toFixed(1), other.toFixed(1), (mine / other).toFixed(2)]);
  };
  for (const one of report.inventory) {
    const trips = `${one.roundTrips} round trips`;
    add(`inventory with state, ${trips} | list --all`, one.guests, one.viaduct, one.virshList);
    add('  again, same connection | list --all', one.guests, one.viaductAgain, one.virshList);
    add('  | list --all --name; domstats --state', one.guests, one.viaduct, one.virshBulk);
    add('  whole process, opening included', one.guests, one.wall.viaduct, one.wall.virsh);
  }
  const { calls } = report;
  add('state by name, four at a time | domstate', calls.calls, calls.viaduct, calls.virsh);
  add('state by name, one at a time | domstate', calls.calls, calls.viaductInTurn, calls.virsh);

  const { growth } = report;
  const ratio = Math.max(
    ...report.inventory.map(({ viaduct, virshList }) => median(viaduct) / median(virshList)),
  );
  const [small, large] = growth.microsecondsPerGuest;
  return [
    formatTable(rows),
    '',
    `${growth.guests} times the guests take ${growth.time} times as long: ${small} µs a guest, then ${large} µs.`,
    verdict(
      `inventory at most ${aims.inventoryRatio} of virsh's time`,
      ratio <= aims.inventoryRatio,
      `${ratio.toFixed(2)} at worst`,
    ),
    verdict(
      'growth no more than linear',
      growth.time <= growth.guests * aims.growth,
      `${(growth.time / growth.guests).toFixed(2)} of linear`,
    ),
    '',
  ].join('\n');
}

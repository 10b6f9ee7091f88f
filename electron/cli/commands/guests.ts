import { formatBytes } from '../../common/units.ts';
import { readInventory } from '../../hosts/inventory.ts';
import type { ManagedHost } from '../../hosts/managed-host.ts';
import type { GuestSnapshot } from '../../hosts/snapshots.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable } from '../output/printable.ts';
import { writeJsonLine } from '../output/json-lines.ts';

const columns = ['name', 'state', 'vCPUs', 'memory', 'uuid'] as const;

function row(guest: GuestSnapshot): string[] {
  const { name, stateReason, vcpus, memoryBytes, uuid } = guest;
  return [printable(name), stateReason, String(vcpus), formatBytes(memoryBytes), uuid];
}

function table(guests: readonly GuestSnapshot[]): string {
  const rows = [[...columns], ...guests.map(row)];
  const widths = columns.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows
    .map((cells) =>
      cells
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Lists the guests of a host. */
export async function runGuests(host: ManagedHost, json: boolean, signal: AbortSignal): Promise<number> {
  const guests = await readInventory(await host.control(signal));
  if (json) for (const guest of guests) writeJsonLine('guest', guest);
  else if (guests.length === 0) process.stdout.write(`${host.name} has no guests.\n`);
  else process.stdout.write(`${table(guests)}\n`);
  return exitCodes.done;
}

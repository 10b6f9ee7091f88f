import { formatBytes } from '../../common/units.ts';
import { readDetails, readInventory } from '../../hosts/inventory.ts';
import type { ManagedHost } from '../../hosts/managed-host.ts';
import type { LibvirtCalls } from '../../libvirt/index.ts';
import type { GuestSnapshot } from '../../hosts/snapshots.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable } from '../output/printable.ts';
import { writeJsonLine } from '../output/json-lines.ts';
import { tableText } from '../output/table-text.ts';

const columns = ['name', 'state', 'vCPUs', 'memory', 'uuid'] as const;

function row(guest: GuestSnapshot): string[] {
  const { name, stateReason, vcpus, memoryBytes, uuid } = guest;
  return [printable(name), stateReason, String(vcpus), formatBytes(memoryBytes), uuid];
}

/** Whether the driver told the size without being asked for the definition; QEMU's does, others may not. */
const hasSize = ({ memoryBytes }: GuestSnapshot): boolean => memoryBytes > 0;

/** The guests with what their definitions say; one that went away meanwhile is left out. */
async function describe(
  client: LibvirtCalls,
  guests: readonly GuestSnapshot[],
  isKnown: (guest: GuestSnapshot) => boolean,
): Promise<GuestSnapshot[]> {
  const described = await Promise.all(
    guests.map(async (guest) => (isKnown(guest) ? guest : readDetails(client, guest))),
  );
  return described.filter((guest) => guest !== undefined);
}

/** Lists the guests of a host. JSON tells of disks and obstacles too, for which each definition is read. */
export async function runGuests(host: ManagedHost, json: boolean, signal: AbortSignal): Promise<number> {
  const client = await host.control(signal);
  const listed = (await readInventory(client, { signal })).sort((a, b) => a.name.localeCompare(b.name));
  const guests = await describe(client, listed, json ? () => false : hasSize);
  if (json) for (const guest of guests) writeJsonLine('guest', guest);
  else if (guests.length === 0) process.stdout.write(`${host.name} has no guests.\n`);
  else process.stdout.write(`${tableText([columns, ...guests.map(row)])}\n`);
  return exitCodes.done;
}

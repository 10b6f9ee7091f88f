import type { GuestSnapshot, HostSnapshot } from '../../hosts/snapshots.ts';
import type { DropVerdict } from '../views.ts';

const movable = new Set(['running', 'paused', 'blocked', 'shut off']);

/** Of a guest that is shut off only the definition moves. */
function isOff({ state }: GuestSnapshot): boolean {
  return state === 'shut off';
}

/** A reason is a sentence of its own; here it is the end of one. */
function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

function reasonAgainst(guest: GuestSnapshot, source: HostSnapshot, host: HostSnapshot): string | undefined {
  if (!movable.has(guest.state)) {
    return `${guest.name} is ${guest.state}; only guests that run, are paused or are shut off can be moved`;
  }
  if (source.readOnly) return withoutStop(source.readOnly.reason);
  if (host.readOnly) return withoutStop(host.readOnly.reason);
  if (host.connection.kind !== 'connected') return `${host.name} is not connected`;
  const twin = host.guests?.find(({ uuid, name }) => uuid === guest.uuid || name === guest.name);
  if (twin && (twin.uuid !== guest.uuid || twin.name !== guest.name)) {
    return `${host.name} has another guest with this ${twin.name === guest.name ? 'name' : 'UUID'}`;
  }
  if (twin && twin.state !== 'shut off') return `${guest.name} is ${twin.state} there`;
  return isOff(guest) ? undefined : reasonAgainstRunning(guest, host);
}

/** What a guest needs of the host that is to go on running it. */
function reasonAgainstRunning(guest: GuestSnapshot, host: HostSnapshot): string | undefined {
  const passthrough = guest.obstacles.find(({ kind }) => kind === 'passthrough');
  if (passthrough) return `${guest.name} uses devices of its host`;
  if (host.load && host.load.memoryTotalBytes < guest.memoryBytes) {
    return `${host.name} has less memory than ${guest.name} needs`;
  }
  return undefined;
}

/** What is known of a move without asking anybody; the review finds out the rest. */
export function dropVerdict(guest: GuestSnapshot, source: HostSnapshot, host: HostSnapshot): DropVerdict {
  const reason = reasonAgainst(guest, source, host);
  return reason === undefined
    ? { hostId: host.id, can: true, sentence: isOff(guest) ? 'Can take its definition' : 'Can take it' }
    : { hostId: host.id, can: false, sentence: `No: ${reason}` };
}

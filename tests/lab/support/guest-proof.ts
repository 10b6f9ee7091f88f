import assert from 'node:assert/strict';
import { waitFor, type GuestName, type HostName, type Lab } from '../lab.ts';
import type { GuestLine } from '../serial-log.ts';

/** The other host of the two. */
export function otherHost(host: HostName): HostName {
  return host === 'alpha' ? 'beta' : 'alpha';
}

/** The newest line that the guest printed on this host; waits for its first. */
export function guestLine(lab: Lab, guest: GuestName, host: HostName): Promise<GuestLine> {
  return waitFor(`${guest} prints on ${host}`, () => lab.guestCounter(host, guest), { timeoutMs: 40_000 });
}

/**
 * Exactly one host runs the guest, by virsh on both, and it is the same guest as `before`: not started anew, its
 * counter went on, its memory intact.
 */
export async function expectRunsOn(
  lab: Lab,
  host: HostName,
  guest: GuestName,
  before: GuestLine,
): Promise<GuestLine> {
  const { [host]: here, [otherHost(host)]: there } = await lab.whereRuns(guest);
  assert.equal(here, 'running', `${guest} on ${host} is ${here}`);
  assert.ok(there === 'absent' || there === 'shut off', `${guest} on ${otherHost(host)} is ${there}`);
  return lab.guestGoesOn(host, guest, before);
}

import { expect } from 'vitest';
import { hosts, type GuestName, type HostName } from '../layout.ts';
import { lastLine, type GuestLine } from '../serial-log.ts';
import { whereRuns } from '../virsh.ts';
import { waitFor } from '../wait-for.ts';

/** The other host of the two. */
export function otherHost(host: HostName): HostName {
  return host === 'alpha' ? 'beta' : 'alpha';
}

/** The newest line the guest printed on this host; waits for one later than `after`. */
export function guestLine(guest: GuestName, host: HostName, after?: GuestLine): Promise<GuestLine> {
  return waitFor(
    after ? `${guest} counts beyond ${after.counter} on ${host}` : `${guest} prints on ${host}`,
    async () => {
      const line = await lastLine(hosts[host], guest);
      return line && (!after || line.counter > after.counter) ? line : undefined;
    },
    { timeoutMs: 40_000 },
  );
}

/**
 * Exactly one host runs the guest, by virsh on both, and it is the same guest as `before`: not started anew, its
 * counter went on, its memory intact.
 */
export async function expectRunsOn(host: HostName, guest: GuestName, before: GuestLine): Promise<GuestLine> {
  const states = await whereRuns(guest);
  expect(states[host], `state on ${host}`).toBe('running');
  expect(['absent', 'shut off'], `state on the other host: ${states[otherHost(host)]}`).toContain(
    states[otherHost(host)],
  );
  const now = await guestLine(guest, host, before);
  expect(now.boot, 'the guest was not started anew').toBe(before.boot);
  expect(now.canary, 'SHA-256 of the canary block').toBe(before.canary);
  return now;
}

import type { GuestSnapshot, HostSnapshot } from '../../electron/ipc/views.ts';

/*
 * Why something cannot be done now, in one sentence, or `undefined` where it can. What cannot be done stays in its
 * place, with this sentence beside it.
 */

export function whyNoChange(host: HostSnapshot): string | undefined {
  return host.readOnly?.reason;
}

const shown = new Set<GuestSnapshot['state']>(['running', 'blocked', 'paused', 'shutting down', 'crashed']);

/** For the console and the picture of the screen alike: both ask QEMU itself. */
export function whyNoConsole(host: HostSnapshot, guest: GuestSnapshot): string | undefined {
  if (host.readOnly) return host.readOnly.reason;
  if (host.connection.kind !== 'connected') return `${host.name} is not connected.`;
  return shown.has(guest.state) ? undefined : `${guest.name} is ${guest.state}.`;
}

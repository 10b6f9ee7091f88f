import type { HostSnapshot } from '../../electron/ipc/views.ts';

/** Why a host cannot be chosen in the wizard, in one sentence; `undefined` where it can. */
export function whyNotChoosable(host: HostSnapshot): string | undefined {
  switch (host.connection.kind) {
    case 'connected':
      return host.readOnly?.reason;
    case 'connecting':
      return 'It is being connected.';
    case 'reconnecting':
    case 'lost':
      return `It is not connected: ${host.connection.sentence}`;
  }
}

/** Those that can be chosen first; else as on the board. */
export function choosableFirst(hosts: readonly HostSnapshot[]): HostSnapshot[] {
  const can = (host: HostSnapshot) => whyNotChoosable(host) === undefined;
  return [...hosts.filter(can), ...hosts.filter((host) => !can(host))];
}

/**
 * What is ticked when the step opens: what was chosen before, what it was opened for, and where that leaves one
 * alone and one other host can be chosen, that one as well.
 */
export function firstChoice(
  hosts: readonly HostSnapshot[],
  chosen: readonly string[],
  wanted: readonly string[],
): string[] {
  const can = hosts.filter((host) => whyNotChoosable(host) === undefined).map(({ id }) => id);
  const known = new Set(hosts.map(({ id }) => id));
  const ticked = [
    ...new Set([...chosen.filter((id) => known.has(id)), ...wanted.filter((id) => can.includes(id))]),
  ];
  return ticked.length < 2 && can.length === 2 ? [...new Set([...ticked, ...can])] : ticked;
}

/** Whether both hold the same ids, in whatever order. */
export function isSameChoice(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id) => other.includes(id));
}

/**
 * The hosts that the board proposes to prepare: two or more that can be, where nothing was set up from here so far.
 * Empty: nothing is proposed.
 */
export function toPropose(hosts: readonly HostSnapshot[], hasAuthority: boolean): HostSnapshot[] {
  const can = hosts.filter((host) => whyNotChoosable(host) === undefined);
  return hasAuthority || can.length < 2 ? [] : can;
}

import { messageOf } from '../../common/errors.ts';
import type { SetupHost } from '../../setup/setup-host.ts';
import { openPkiHost, type DeployOptions } from '../pki-host.ts';
import type { Rotation } from './rotation.ts';
import { rotationMembers } from './rotation-members.ts';
import { standingOf, unknownStanding, type HostStanding } from './standing.ts';

/**
 * What comes next: hosts have to trust both authorities; or to get certificates of the successor, which is safe only
 * once every host trusts both; or to trust the successor alone; or nothing.
 */
export type RotationStage = 'trust' | 'certificates' | 'finish' | 'done';

export interface RotationState {
  stage: RotationStage;
  /** Every host that has certificates of either authority, by name. */
  hosts: HostStanding[];
  /** Workstations that need a new client's certificate before the change is finished. */
  clients: string[];
}

/** A host that could not be looked at is never taken for one that is done. */
export function rotationStage(
  hosts: readonly Pick<HostStanding, 'problem' | 'trustsAll' | 'trustsReplaced' | 'hasMoved'>[],
  isRetired: boolean,
): RotationStage {
  const all = (isDone: (host: (typeof hosts)[number]) => boolean): boolean =>
    hosts.every((host) => host.problem === undefined && isDone(host));
  if (isRetired) return all(({ trustsReplaced }) => !trustsReplaced) ? 'done' : 'finish';
  if (!all(({ trustsAll }) => trustsAll)) return 'trust';
  return all(({ hasMoved }) => hasMoved) ? 'finish' : 'certificates';
}

/** Hosts that still have to do what the stage asks for. */
export function hostsLeft({ stage, hosts }: RotationState): HostStanding[] {
  switch (stage) {
    case 'trust':
      return hosts.filter(({ problem, trustsAll }) => problem !== undefined || !trustsAll);
    case 'certificates':
      return hosts.filter(({ hasMoved }) => !hasMoved);
    case 'finish':
      return hosts.filter(({ problem, trustsReplaced }) => problem !== undefined || trustsReplaced);
    case 'done':
      return [];
  }
}

/**
 * Looks at every host that has certificates of either authority; changes nothing.
 *
 * @param reach gives a host by its name; `undefined`: how to reach it is not known here.
 */
export async function rotationState(
  rotation: Rotation,
  reach: (name: string) => Promise<SetupHost | undefined>,
  options: DeployOptions,
): Promise<RotationState> {
  const now = new Date();
  const { hosts: names, clients } = await rotationMembers(rotation, now);
  const hosts: HostStanding[] = [];
  // One after the other: each may ask for a password.
  for (const name of names) {
    try {
      const host = await reach(name);
      hosts.push(
        host === undefined
          ? unknownStanding(name, 'how to reach it is not known here')
          : await standingOf(await openPkiHost(host, options), rotation, now),
      );
    } catch (error) {
      options.signal?.throwIfAborted();
      hosts.push(unknownStanding(name, messageOf(error)));
    }
  }
  return { stage: rotationStage(hosts, rotation.isRetired), hosts, clients };
}

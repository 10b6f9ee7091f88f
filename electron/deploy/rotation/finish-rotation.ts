import { publishRevocationList } from '../../pki/revoke.ts';
import type { UnlockedAuthority } from '../../pki/unlocked-authority.ts';
import type { DeployedHosts } from '../deployed-hosts.ts';
import type { Report } from '../pki-finding.ts';
import type { DeployOptions } from '../pki-host.ts';
import { bringTrust } from './bring-trust.ts';
import type { Rotation } from './rotation.ts';
import { RotationError } from './rotation-error.ts';
import { hostsLeft, type RotationState } from './rotation-state.ts';

/**
 * Retires the old authority: hosts trust the successor alone, and refuse whoever has a certificate of the old one. May
 * be repeated: hosts that could not be told are told then.
 *
 * @param unlocked the successor.
 * @param state as it was just looked at.
 * @throws {RotationError} `rotation-too-early` while a host has a certificate of the old one; nothing is touched.
 */
export async function finishRotation(
  rotation: Rotation,
  { unlocked, known, state }: { unlocked: UnlockedAuthority; known: DeployedHosts; state: RotationState },
  report: Report,
  options: DeployOptions,
): Promise<void> {
  const { store, successor, replaced } = rotation;
  requireAllMoved(rotation, state);
  // The list of the old one would stay on the hosts alone, where nobody could tell whether it is the newest.
  const replacesList = (await replaced.revocationList()) !== undefined;
  if (replacesList && (await successor.revocationList()) === undefined) await publishRevocationList(unlocked);
  // Before any host is told: what is deployed from now on is to agree with that.
  const retired = await store.retire(successor.name, replaced.name);
  const told = { ...rotation, successor: retired, isRetired: true };
  const left = hostsLeft({ ...state, stage: 'finish' });
  const hosts = left.flatMap(({ opened }) => (opened === undefined ? [] : [opened]));
  await bringTrust(hosts, told, known, report, options);
}

function requireAllMoved({ replaced, isRetired }: Rotation, { stage, hosts }: RotationState): void {
  if (isRetired || stage === 'finish' || stage === 'done') return;
  const left = hosts.filter(({ problem, hasMoved }) => problem !== undefined || !hasMoved);
  const names = left.map(({ host }) => host).join(', ');
  const message =
    left.length === 0
      ? 'Not every host trusts both authorities.'
      : `${names} would be shut out: not all certificates there are known to be of the successor of ${replaced.name}.`;
  throw new RotationError('rotation-too-early', message, {
    remedy: 'Take every host through "viaduct pki rotate next" first.',
  });
}

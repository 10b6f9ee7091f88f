import { issueCertificate } from '../../pki/issue.ts';
import type { IssuedEntry } from '../../pki/ledger-entries.ts';
import type { CertificateNames } from '../../pki/names.ts';
import type { UnlockedAuthority } from '../../pki/unlocked-authority.ts';
import type { DeployedHosts } from '../deployed-hosts.ts';
import type { Report } from '../pki-finding.ts';
import type { DeployOptions, PkiHost } from '../pki-host.ts';
import { replaceCertificates, type Sign } from '../replace-certificates.ts';
import type { Place } from '../trees.ts';
import type { Rotation } from './rotation.ts';
import { RotationError } from './rotation-error.ts';
import { newestOfEither } from './rotation-members.ts';
import { hostsLeft, type RotationState } from './rotation-state.ts';

/**
 * Gives hosts new keys, and certificates of the successor with the names that their certificates have.
 *
 * @param unlocked the successor.
 * @param state as it was just looked at.
 * @throws {RotationError} `rotation-too-early` while a host does not trust both authorities, `rotation-no-names`; before
 * anything is touched. Otherwise as `replaceCertificates`.
 */
export async function moveToSuccessor(
  hosts: readonly PkiHost[],
  rotation: Rotation,
  { unlocked, known, state }: { unlocked: UnlockedAuthority; known: DeployedHosts; state: RotationState },
  report: Report,
  options: DeployOptions,
): Promise<IssuedEntry[]> {
  requireTrustEverywhere(rotation, state);
  const names = new Map<string, CertificateNames>();
  for (const { name, trees } of hosts) {
    for (const place of trees.places) names.set(key(name, place), await namesFor(rotation, name, place));
  }
  await known.remember(hosts.map(({ host }) => host));
  const sign: Sign = async ({ name }, place, publicKey) => {
    const called = names.get(key(name, place)) ?? (await namesFor(rotation, name, place));
    const order = { host: name, usedBy: place.tree, purposes: [place.purpose], names: called };
    return issueCertificate(unlocked, order, publicKey);
  };
  return replaceCertificates(hosts, {}, sign, report, options);
}

function requireTrustEverywhere({ successor, replaced }: Rotation, state: RotationState): void {
  if (state.stage !== 'trust') return;
  const left = hostsLeft(state).map(({ host }) => host);
  throw new RotationError(
    'rotation-too-early',
    `${left.join(', ')} ${left.length === 1 ? 'does' : 'do'} not trust both ${replaced.name} and ${successor.name} yet, and would refuse hosts with certificates of ${successor.name}.`,
    { remedy: 'Let every host trust both first.' },
  );
}

async function namesFor(rotation: Rotation, host: string, place: Place): Promise<CertificateNames> {
  const newest = await newestOfEither(rotation, host, place);
  if (newest !== undefined) return { dnsNames: newest.dnsNames, ipAddresses: newest.ipAddresses };
  throw new RotationError(
    'rotation-no-names',
    `No certificate was issued as ${place.tree} ${place.purpose} for ${host}, so its names are not known.`,
    { remedy: `Run "viaduct pki renew" or "viaduct pki deploy" for ${host} first.` },
  );
}

function key(host: string, { tree, purpose }: Place): string {
  return JSON.stringify([host, tree, purpose]);
}

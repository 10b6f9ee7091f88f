import { parseCertificates, type Certificate } from '../../pki/certificate.ts';
import { isTrustedBy } from '../../pki/inspect-chain.ts';
import { trustBundle } from '../../pki/trust-bundle.ts';
import { certificatesIn } from '../certificates-in.ts';
import type { PkiHost } from '../pki-host.ts';
import type { Rotation } from './rotation.ts';

/** Where a host stands in a change of authority, by what its files say. */
export interface HostStanding {
  host: string;
  /** Why nothing is known of it; the rest then counts for nothing. */
  problem: string | undefined;
  /** In both trees: the successor, and the old one until that is retired. */
  trustsAll: boolean;
  /** In either tree. */
  trustsReplaced: boolean;
  /** Whether all of its certificates are of the successor. */
  hasMoved: boolean;
  /** The host, where it could be looked at. */
  opened: PkiHost | undefined;
}

export async function standingOf(opened: PkiHost, rotation: Rotation, now: Date): Promise<HostStanding> {
  const { hand, trees, name } = opened;
  const { store, successor, replaced } = rotation;
  const wanted = fingerprints(parseCertificates(await trustBundle(store, successor, now)));
  const trusted = await Promise.all(
    trees.authorities.map(async (file) => fingerprints(certificatesIn(await hand.read(file)))),
  );
  const leaves = await Promise.all(
    trees.places.map(async ({ certificate }) => certificatesIn(await hand.read(certificate))),
  );
  return {
    host: name,
    problem: undefined,
    trustsAll: trusted.every((found) => [...wanted].every((one) => found.has(one))),
    trustsReplaced: trusted.some((found) => found.has(replaced.certificate.fingerprint)),
    hasMoved: leaves.every(
      ([leaf, ...between]) => leaf !== undefined && isTrustedBy(leaf, between, [successor.certificate]),
    ),
    opened,
  };
}

export function unknownStanding(host: string, problem: string): HostStanding {
  return {
    host,
    problem,
    trustsAll: false,
    trustsReplaced: false,
    hasMoved: false,
    opened: undefined,
  };
}

function fingerprints(certificates: readonly Certificate[]): Set<string> {
  return new Set(certificates.map(({ fingerprint }) => fingerprint));
}

import { DeployedHosts } from '../../deploy/deployed-hosts.ts';
import { newestOfPlaces } from '../../deploy/sightings.ts';
import type { Authority } from '../../pki/authority.ts';
import type { AuthorityStore } from '../../pki/authority-store.ts';
import { issuedSightings, type Sighting } from '../../pki/expiry-calendar.ts';
import { issuedCertificates, type IssuedCertificate } from '../../pki/ledger-view.ts';
import type { WizardProblem } from '../../wizard/wizard-snapshot.ts';
import { certificateProblem } from './certificate-words.ts';

/** What this machine knows of certificates by itself. */
export interface LedgerFacts {
  /** Authorities, and the newest certificate of each place. */
  issued: Sighting[];
  /** Fingerprints. */
  revoked: ReadonlySet<string>;
  /** Hosts for which nothing is in force that was not revoked. */
  revokedHosts: ReadonlySet<string>;
  /** The authorities whose certificates are in force for a host, the one of the newest first. */
  issuers: ReadonlyMap<string, string[]>;
  /** By which connect URI hosts got their certificates. */
  uris: ReadonlyMap<string, string>;
  problems: WizardProblem[];
}

/** Never rejects: what cannot be read is among the problems, and does not hide the rest. */
export async function readLedgers(home: string, store: AuthorityStore, now: Date): Promise<LedgerFacts> {
  const problems: WizardProblem[] = [];
  const tried = async <T>(otherwise: T, read: () => Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      problems.push(certificateProblem(error));
      return otherwise;
    }
  };
  const ledgers: AuthorityLedger[] = [];
  for (const name of await tried([], () => store.names())) {
    const ledger = await tried(undefined, () => readLedger(store, name, now));
    if (ledger !== undefined) ledgers.push(ledger);
  }
  const uris = await tried(
    new Map<string, string>(),
    async () => new Map(await new DeployedHosts(home).read()),
  );
  return { ...factsOf(ledgers), uris, problems };
}

interface AuthorityLedger {
  authority: Pick<Authority, 'name'>;
  sightings: Sighting[];
  certificates: IssuedCertificate[];
}

async function readLedger(store: AuthorityStore, name: string, now: Date): Promise<AuthorityLedger> {
  const authority = await store.open(name);
  const entries = await authority.ledger.read();
  return {
    authority,
    sightings: issuedSightings(authority, entries, now),
    certificates: issuedCertificates(entries, now),
  };
}

function factsOf(ledgers: readonly AuthorityLedger[]): Omit<LedgerFacts, 'uris' | 'problems'> {
  const inForce = newestOfPlaces(ledgers.flatMap(({ sightings }) => sightings));
  const holders = new Set(inForce.filter(({ kind }) => kind === 'certificate').map(({ owner }) => owner));
  const revoked = ledgers.flatMap(({ certificates }) =>
    certificates.filter(({ state }) => state === 'revoked'),
  );
  const withoutOthers = revoked.filter(({ host }) => !holders.has(host));
  return {
    issued: [...inForce, ...newestOfPlaces(withoutOthers.flatMap(sightingsOf))],
    revoked: new Set(revoked.map(({ fingerprint }) => fingerprint)),
    revokedHosts: new Set(withoutOthers.map(({ host }) => host)),
    issuers: issuersOf(ledgers),
  };
}

function sightingsOf({
  host,
  usedBy,
  purposes,
  fingerprint,
  notBefore,
  notAfter,
}: IssuedCertificate): Sighting[] {
  return purposes.map((purpose) => ({
    ...({ seen: 'issued', kind: 'certificate' } as const),
    ...{ owner: host, place: `${usedBy} ${purpose}`, fingerprint, notBefore, notAfter },
  }));
}

/** Where all have expired, the authority of the newest, which renews it. */
function issuersOf(ledgers: readonly AuthorityLedger[]): Map<string, string[]> {
  const all = ledgers
    .flatMap(({ authority, certificates }) => certificates.map((one) => ({ ...one, issuer: authority.name })))
    .toSorted((one, other) => other.at.getTime() - one.at.getTime());
  const issuers = new Map<string, string[]>();
  for (const { host, issuer, state } of all) {
    const known = issuers.get(host);
    if (known === undefined) issuers.set(host, [issuer]);
    else if (!known.includes(issuer) && (state === 'valid' || state === 'replaced')) known.push(issuer);
  }
  return issuers;
}

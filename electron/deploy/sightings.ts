import { messageOf } from '../common/errors.ts';
import { AuthorityStore } from '../pki/authority-store.ts';
import type { Certificate } from '../pki/certificate.ts';
import {
  expiryCalendar,
  issuedSightings,
  type CalendarEntry,
  type Sighting,
} from '../pki/expiry-calendar.ts';
import type { SetupHost } from '../setup/setup-host.ts';
import { certificatesIn } from './certificates-in.ts';
import type { Report } from './pki-finding.ts';
import { openPkiHost, type DeployOptions, type PkiHost } from './pki-host.ts';
import { servedCertificate } from './served.ts';

/**
 * What was issued for hosts, what stands in their files and what their daemons show, told apart; the first to expire
 * first. A host that cannot be looked at is reported, and the others are still told.
 */
export async function calendarOf(
  hosts: readonly SetupHost[],
  home: string,
  report: Report,
  options: DeployOptions,
): Promise<CalendarEntry[]> {
  const now = new Date();
  const names = new Set(hosts.map(({ name }) => name));
  const sightings = newestOfPlaces(await issued(home, now)).filter(
    ({ kind, owner }) => kind === 'certificate' && names.has(owner),
  );
  const opened: PkiHost[] = [];
  for (const host of hosts) {
    try {
      opened.push(await openPkiHost(host, options));
    } catch (error) {
      options.signal?.throwIfAborted();
      report({
        id: 'pki.status',
        side: 'host',
        host: host.name,
        level: 'unknown',
        summary: `${host.name} could not be looked at: ${messageOf(error)}`,
        remedy: 'Its certificates are told as they were issued alone.',
      });
    }
  }
  for (const host of opened) sightings.push(...(await sightingsOn(host, opened, options.signal)));
  return expiryCalendar(sightings, now);
}

/** What stands in a host's files, and what its daemon shows to this machine, else to one of the others. */
export async function sightingsOn(
  host: PkiHost,
  others: readonly PkiHost[],
  signal?: AbortSignal,
): Promise<Sighting[]> {
  const sightings = await deployed(host);
  const served = await servedCertificate(host, others, signal);
  if (served === undefined) return sightings;
  return [...sightings, sightingOf(served.certificate, host.name, 'served', 'libvirt server')];
}

/** What was deployed again is not in use any more: of several for one place, the one that begins last. */
export function newestOfPlaces(issued: readonly Sighting[]): Sighting[] {
  const newest = new Map<string, Sighting>();
  for (const sighting of issued) {
    const key = JSON.stringify([sighting.kind, sighting.owner, sighting.place]);
    const known = newest.get(key);
    if (known === undefined || known.notBefore <= sighting.notBefore) newest.set(key, sighting);
  }
  return [...newest.values()];
}

async function issued(home: string, now: Date): Promise<Sighting[]> {
  const store = new AuthorityStore(home);
  const sightings: Sighting[] = [];
  for (const name of await store.names()) {
    const authority = await store.open(name);
    sightings.push(...issuedSightings(authority, await authority.ledger.read(), now));
  }
  return sightings;
}

async function deployed({ name, hand, trees }: PkiHost): Promise<Sighting[]> {
  const found: Sighting[] = [];
  for (const file of trees.authorities) {
    const [first] = certificatesIn(await hand.read(file));
    if (first !== undefined) {
      found.push({ ...sightingOf(first, name, 'deployed', `${file.tree} authority`), kind: 'authority' });
    }
  }
  for (const { tree, purpose, certificate } of trees.places) {
    const [leaf] = certificatesIn(await hand.read(certificate));
    if (leaf !== undefined) found.push(sightingOf(leaf, name, 'deployed', `${tree} ${purpose}`));
  }
  return found;
}

function sightingOf(
  { fingerprint, notBefore, notAfter }: Certificate,
  owner: string,
  seen: Sighting['seen'],
  place: string,
): Sighting {
  return { seen, kind: 'certificate', owner, place, fingerprint, notBefore, notAfter };
}

import { formatMigrateUri, parseMigrateUri } from '../preflight/facts/data-address.ts';
import { diagnose } from './diagnose.ts';
import type { Case, Diagnosis, End, Seen } from './diagnosis.ts';
import { examine, type Surroundings } from './examine.ts';
import type { FoundGuest } from './find-guest.ts';

/** A guest and two hosts, once it is known which guest is meant. */
export interface Visit extends Surroundings, Pick<Case, 'past'> {
  found: FoundGuest;
}

/** Looks at both hosts, and says what that means. Touches nothing, and never rejects. */
export async function lookAt(visit: Visit): Promise<Diagnosis> {
  const { found, hosts, past } = visit;
  const names = { source: hosts.source.name, destination: hosts.destination.name };
  const seen = found.uuid === undefined ? asFound(found) : await examine(visit, found.uuid);
  return diagnose({ guest: found.name, names, seen, past });
}

function asFound({ seen }: Extract<FoundGuest, { uuid: undefined }>): Case['seen'] {
  const idle = (truth: Seen['truth']): Seen => ({ truth, job: 'none' });
  return { source: idle(seen.source), destination: idle(seen.destination) };
}

/**
 * Where either host takes the rest of a post-copy's memory, as the destination of that migration: by its name, unless an
 * address is given.
 *
 * @throws {BadInputError} `migrate-uri-invalid`
 */
export function memoryAddresses(
  hosts: Record<End, { name: string }>,
  given: string | undefined,
): Record<End, string> {
  if (given !== undefined) parseMigrateUri(given);
  const address = ({ name }: { name: string }): string => given ?? formatMigrateUri(name);
  return { source: address(hosts.source), destination: address(hosts.destination) };
}

import type { RelayPaths } from '../../hosts/relay/open-relay.ts';
import { MigrateUriError } from './migrate-uri.ts';
import type { LearnedParameters } from './parameters.ts';

/** A relay's sockets on one host as libvirt is told of them. */
export function relayUris({ memory, disks }: RelayPaths): Pick<LearnedParameters, 'migrateUri' | 'disksUri'> {
  return { migrateUri: unixUri(memory), disksUri: disks === undefined ? undefined : unixUri(disks) };
}

/**
 * The destination may repeat where it listens; another place than agreed on would not be reached by the relay.
 *
 * @throws MigrateUriError
 */
export function checkSameSocket({ memory }: RelayPaths, returned: string | undefined): void {
  if (returned === undefined || returned === unixUri(memory) || returned === `unix:${memory}`) return;
  throw new MigrateUriError('The destination does not listen on the socket that was agreed on.');
}

/** The paths are made of plain letters (`socketName`), so nothing in them needs to be escaped. */
function unixUri(path: string): string {
  return `unix://${path}`;
}

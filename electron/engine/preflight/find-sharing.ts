import { messageOf } from '../../common/errors.ts';
import type { HostFacts } from './context.ts';
import { markerName } from './facts/shared-marker.ts';
import type { Sharing } from './facts/sharing.ts';

/**
 * Puts a file beside the one at `here` on the source for a moment and looks for it beside `there` on the destination: the kind of
 * file system does not tell, because a host may export its own disk, and two hosts may mount different servers.
 *
 * Never rejects: what cannot be found out is `unknown`.
 */
export async function findSharing(
  { here, there }: { here: string; there: string },
  source: HostFacts,
  destination: HostFacts,
): Promise<Sharing> {
  try {
    if ((await destination.path(there)) === undefined) {
      const evidence = `${there} does not exist on ${destination.name}`;
      return { kind: 'separate', existsThere: false, evidence };
    }
    const name = markerName();
    const marker = await source.putMarker(here, name);
    let seen: boolean;
    try {
      seen = await destination.seesMarker(there, name);
    } finally {
      await marker[Symbol.asyncDispose]();
    }
    const evidence = `a file made beside ${here} on ${source.name} ${seen ? 'was' : 'was not'} seen on ${destination.name}`;
    return seen ? { kind: 'shared', evidence } : { kind: 'separate', existsThere: true, evidence };
  } catch (error) {
    return { kind: 'unknown', evidence: messageOf(error) };
  }
}

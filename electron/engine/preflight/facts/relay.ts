import type { HostAccess } from '../../../hosts/host-access.ts';
import { tryRelayEnd } from '../../../hosts/relay/try-relay-end.ts';
import type { SocketOwner } from '../../../hosts/relay/relay-end.ts';
import type { RelayFacts } from '../context.ts';
import { FactUnavailableError } from '../errors.ts';

/**
 * @param owner whom QEMU runs as on the host
 * @throws ViaductError `relay.*`, or FactUnavailableError where a relay is out of the question
 */
export async function tryRelay(
  { name, relay }: Pick<HostAccess, 'name' | 'relay'>,
  owner: SocketOwner | undefined,
  signal: AbortSignal,
): Promise<RelayFacts> {
  if (relay === undefined) {
    throw new FactUnavailableError(
      'no-shell',
      `${name} is not reached over an SSH session of Viaduct’s own, which a relay needs.`,
      `Connect to ${name} with qemu+ssh://, without the parameter command.`,
    );
  }
  if (owner === undefined) {
    throw new FactUnavailableError(
      'unexpected-answer',
      `${name} does not tell as which user its QEMU runs, so nobody can be given the relay’s sockets.`,
      'Use another mode for this guest.',
    );
  }
  await tryRelayEnd(relay, owner, signal);
  return { owner, hostKeyVerified: relay.hostKeyVerified };
}

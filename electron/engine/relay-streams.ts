import type { DataStream, Protection } from './data-stream.ts';
import type { Ends } from './peer-streams.ts';
import type { PreflightFacts } from './preflight/preflight-facts.ts';

/** The way of everything that a relay carries. */
export function wayOfRelay({ source, destination }: Ends): string {
  return `${source} to this machine to ${destination}, by SSH, with a unix socket at each host`;
}

/** Sessions that OpenSSH opens for the move alone: what they agree on is not seen before. */
export function relayConnections(
  relay: PreflightFacts['relay'],
  ends: Ends,
): Pick<DataStream, 'connections'> {
  if (relay === undefined) return {};
  const port = { kind: 'inside', carrier: 'ssh-session' } as const;
  return {
    connections: [
      { from: 'client', to: 'source', address: ends.source, port },
      { from: 'client', to: 'destination', address: ends.destination, port },
    ],
  };
}

/** SSH ends on this machine: what is relayed is in the clear inside its OpenSSH, and on the hosts' own sockets. */
export function relayed(relay: PreflightFacts['relay'], { source, destination }: Ends): Protection {
  if (relay === undefined) return noRelay;
  const unverified = [
    ...(relay.source.hostKeyVerified ? [] : [source]),
    ...(relay.destination.hostKeyVerified ? [] : [destination]),
  ];
  const keys =
    unverified.length === 0
      ? `this machine verifies the host keys of ${source} and ${destination}`
      : `the host key of ${unverified.join(' and ')} is not verified`;
  return {
    encrypted: true,
    authenticated: unverified.length === 0,
    by: `SSH on both legs; ${keys}. In the clear inside OpenSSH on this machine, and on sockets of both hosts that only root and QEMU’s user reach`,
    evidence: `OpenSSH of this machine logged in at ${source} and ${destination} for the checks, and a byte went to a socket there and back`,
  };
}

/** Of a plan that is refused, because a check says what is in the relay's way. */
export const noRelay: Protection = {
  encrypted: false,
  authenticated: false,
  by: 'nothing: there is no relay',
  evidence: 'the checks of the relay tell why',
};

import type { DataStream, Protection } from './data-stream.ts';
import { daemonConnection, type WaySeen } from './data-connections.ts';
import type { PeerLogin } from './preflight/peer/peer-login.ts';

/** Names of the two hosts. */
export interface Ends {
  source: string;
  destination: string;
}

/** The connection that the source's daemon opens to the destination's, by itself and as itself. */
export function daemonStream(peer: PeerLogin, ends: Ends, seen: WaySeen): DataStream {
  return {
    name: 'control between the daemons',
    path: `${ends.source} to ${peer.address.dconnuri}`,
    ...protectionOfDaemons(peer, ends),
    connections: [daemonConnection(peer, seen)],
  };
}

/** A tunnel is as safe as the connection that it runs in, and no safer. */
export function tunnel(peer: PeerLogin, ends: Ends): Protection {
  const { by, ...rest } = protectionOfDaemons(peer, ends);
  return { ...rest, by: rest.encrypted ? `the daemons’ connection: ${by}` : by };
}

/** libvirt's client always checks the certificate of the daemon against the name, as no parameter of ours says no. */
function protectionOfDaemons(peer: PeerLogin, { source, destination }: Ends): Protection {
  const { address } = peer;
  const evidence = evidenceOf(peer, source);
  if (address.transport === 'tcp') {
    return { encrypted: false, authenticated: false, by: 'nothing: the address says TCP', evidence };
  }
  return {
    encrypted: true,
    authenticated: true,
    by: `TLS of libvirt; ${source} verifies that the daemon is ${address.host}, and ${admission(peer, source, destination)}`,
    evidence,
  };
}

function admission({ identity, door, trial }: PeerLogin, source: string, destination: string): string {
  const whom = identity === undefined ? `the client certificate of ${source}` : identity;
  if (door === undefined) return `${destination} lets it in as ${whom}; by what rules is not known`;
  if (!door.verifiesClient) return `${destination} does not verify who comes`;
  const rule =
    door.allowedNames === undefined ? 'any name of its CA' : `tls_allowed_dn_list in ${door.confPath}`;
  const asWell = trial.kind === 'in' && trial.by === 'credentials' ? ', and by credentials (SASL)' : '';
  return `${destination} lets it in as ${whom}, by ${rule}${asWell}`;
}

function evidenceOf({ trial }: PeerLogin, source: string): string {
  switch (trial.kind) {
    case 'in':
      return trial.by === 'certificate'
        ? `tried from ${source}: the daemon let its certificate in and asks for nothing more`
        : `tried from ${source} with libvirt’s own client`;
    case 'awaits-identity':
      return `tried from ${source} as far as it goes without the one-time identity; the login is tried before the guest is touched`;
    case 'not-tried':
      return `not tried: ${trial.said}; the daemon itself checks it before anything is moved`;
    default:
      return `tried from ${source}: it does not get in`;
  }
}

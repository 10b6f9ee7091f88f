import type { SocketOwner } from '../hosts/relay/relay-end.ts';

/** Whom QEMU runs as on each host. */
export interface RelayOwners {
  source: SocketOwner;
  destination: SocketOwner;
}

import type { HostRegistry } from '../../hosts/host-registry.ts';
import type { EventHub } from '../event-hub.ts';
import type { CertificatesDesk } from './certificates-desk.ts';
import type { BoardHost } from './host-looks.ts';

/** The hosts on the board that can have certificates: those of QEMU's driver, each machine once. */
export function boardHosts(registry: HostRegistry): BoardHost[] {
  const byName = new Map<string, BoardHost>();
  for (const { id, host } of registry.monitors()) {
    const isQemu = host.driver === 'qemu' || host.driver === 'remote';
    if (!isQemu || byName.has(host.name)) continue;
    byName.set(host.name, {
      hostId: id,
      host,
      isConnected: host.link.state.kind === 'connected',
      readOnly: host.readOnly?.reason,
    });
  }
  return [...byName.values()];
}

/** Whatever may have changed the hosts on the board, or the ledgers, has the calendar looked at anew. */
export function keepCertificatesTrue(events: EventHub, certificates: CertificatesDesk): () => void {
  const seen = new Set<string>();
  return events.subscribe((event, payload) => {
    switch (event) {
      case 'host':
        if (!('id' in payload) || seen.has(payload.id)) return;
        seen.add(payload.id);
        break;
      case 'wizard':
        if (!('running' in payload) || payload.running !== undefined) return;
        break;
      case 'hostRemoved':
      case 'authorities':
        break;
      default:
        return;
    }
    void certificates.recheck();
  });
}

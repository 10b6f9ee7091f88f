import type { Check } from '../check.ts';
import { findingsOf } from '../finding-of.ts';

/** libvirt refuses a migration between hosts with equal UUIDs, which cloned machines often have. */
export const hostsSameCheck: Check = {
  id: 'hosts.same',
  title: 'whether source and destination are two hosts',
  side: 'between',
  needs: ['source', 'destination'],
  run: async ({ source, destination }) => {
    const finding = findingsOf('hosts.same', 'between');
    const [from, to, fromDaemon, toDaemon] = await Promise.all([
      source.capabilities(),
      destination.capabilities(),
      source.daemon(),
      destination.daemon(),
    ]);
    if (from.hostUuid === to.hostUuid) {
      return [
        finding.error({
          summary: `${source.name} and ${destination.name} have the same host UUID, ${from.hostUuid}.`,
          remedy:
            'Choose another destination; if these are two machines, set host_uuid_source = "machine-id" in libvirtd.conf of one of them and restart its libvirt.',
        }),
      ];
    }
    const evidence = `host UUIDs ${from.hostUuid} and ${to.hostUuid}`;
    if (fromDaemon.hostname === toDaemon.hostname) {
      return [
        finding.warning({
          summary: `Both hosts call themselves ${toDaemon.hostname}.`,
          evidence,
          remedy: 'Give the hosts different names, or name the data address with --migrate-uri.',
        }),
      ];
    }
    return [finding.ok(`${source.name} and ${destination.name} are two hosts.`, evidence)];
  },
};

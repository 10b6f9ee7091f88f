import type { HostRegistry } from '../../hosts/host-registry.ts';
import { sshConfigHosts } from '../../hosts/ssh-config-hosts.ts';
import type { Handlers } from '../contract.ts';

type HostCommands = Extract<keyof Handlers, `hosts.${string}` | 'guests.describe'>;

export function hostHandlers(registry: HostRegistry): Pick<Handlers, HostCommands> {
  return {
    'hosts.list': () => Promise.resolve({ hosts: registry.snapshots() }),
    'hosts.add': async ({ connectUri, readOnly }) => ({
      hostId: await registry.add(connectUri, readOnly),
    }),
    'hosts.remove': async ({ hostId }) => {
      await registry.remove(hostId);
      return {};
    },
    'hosts.reconnect': ({ hostId }) => {
      registry.monitor(hostId).reconnect();
      return Promise.resolve({});
    },
    'hosts.sshConfig': async () => ({ hosts: await sshConfigHosts() }),
    'guests.describe': async ({ hostId, uuids }) => {
      await registry.monitor(hostId).describe(uuids);
      return {};
    },
  };
}

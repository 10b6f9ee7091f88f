import { listHostAliases } from '../ssh/host-aliases.ts';
import { resolveHost } from '../ssh/ssh-config.ts';
import { formatConnectUri } from '../libvirt/index.ts';

export interface ConfiguredHost {
  alias: string;
  hostName: string;
  user: string;
  port: number;
  /** Names the alias, so that the user's ssh configuration goes on to apply. */
  connectUri: string;
}

/** Each costs one run of `ssh -G`. */
const maxHosts = 200;
const atOnce = 8;

async function describe(alias: string): Promise<ConfiguredHost | undefined> {
  try {
    const { hostName, user, port } = await resolveHost({ host: alias }, {});
    const connectUri = formatConnectUri({ driver: 'qemu', transport: 'ssh', server: alias, path: '/system' });
    return { alias, hostName, user, port, connectUri };
  } catch {
    // A host that OpenSSH itself cannot make sense of is not offered.
    return undefined;
  }
}

/** The hosts that the user's ssh configuration names, in its order; at most 200. */
export async function sshConfigHosts(): Promise<ConfiguredHost[]> {
  const aliases = (await listHostAliases()).slice(0, maxHosts);
  const hosts: (ConfiguredHost | undefined)[] = [];
  for (let start = 0; start < aliases.length; start += atOnce) {
    hosts.push(...(await Promise.all(aliases.slice(start, start + atOnce).map(describe))));
  }
  return hosts.filter((host) => host !== undefined);
}

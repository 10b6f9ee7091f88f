import { quoteWord } from '../../../common/shell-quote.ts';
import type { Finding } from '../../finding.ts';
import type { Check } from '../check.ts';
import type { HostFacts } from '../context.ts';
import type { InterfaceFacts } from '../facts/guest-xml.ts';
import { findingsOf } from '../finding-of.ts';

const finding = findingsOf('destination.networks', 'destination');

/** Whether every network that the guest is on exists on the destination. */
export const destinationNetworksCheck: Check = {
  id: 'destination.networks',
  title: "the guest's networks on the destination",
  side: 'destination',
  needs: ['guest', 'destination'],
  run: async (context) => {
    const { interfaces, name } = await context.guest();
    if (interfaces.length === 0) return [finding.ok(`${name} has no network interface.`)];
    const sources = new Map(interfaces.map((nic) => [`${nic.kind} ${nic.source ?? ''}`, nic]));
    const found = await Promise.all(
      [...sources.values()].map((nic) => judgeInterface(nic, context.destination)),
    );
    return found;
  },
};

async function judgeInterface(nic: InterfaceFacts, destination: HostFacts): Promise<Finding> {
  const { kind, source } = nic;
  if (source === undefined)
    return finding.ok(`Interface ${nic.mac ?? ''} (${kind}) needs nothing on the host.`);
  if (kind === 'network') return judgeNetwork(source, await destination.network(source), destination.name);
  const what = kind === 'bridge' ? 'bridge' : 'network device';
  if (await destination.hasNetworkDevice(source))
    return finding.ok(`${destination.name} has the ${what} ${source}.`);
  return finding.error({
    summary: `${destination.name} has no ${what} ${source}, which the guest's interface ${nic.mac ?? ''} is on.`,
    remedy: `Set up ${source} on ${destination.name}, or choose another destination.`,
  });
}

function judgeNetwork(name: string, network: { active: boolean } | undefined, host: string): Finding {
  if (network === undefined) {
    return finding.error({
      summary: `${host} has no libvirt network "${name}".`,
      remedy: `Define the network "${name}" on ${host}, or choose another destination.`,
    });
  }
  if (!network.active) {
    return finding.error({
      summary: `The libvirt network "${name}" of ${host} is not active.`,
      remedy: `Start it on ${host}: virsh net-start ${quoteWord(name)}`,
    });
  }
  return finding.ok(`${host} has the network "${name}", active.`);
}

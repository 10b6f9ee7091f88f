import type { Finding } from '../../finding.ts';
import { withDataAddress, type Check } from '../check.ts';
import type { PreflightContext } from '../context.ts';
import { isLoopback, type DataAddress } from '../facts/data-address.ts';
import type { PortRange } from '../facts/network-probes.ts';
import type { PortProbe } from '../facts/port-probe.ts';
import { findingsOf } from '../finding-of.ts';
import { defaultPortRange } from '../../../setup/config/qemu-settings.ts';

const finding = findingsOf('network.ports', 'between');

/** Real connections from the source to ports of the range on which nothing but a listener of ours waits. */
export const networkPortsCheck: Check = {
  id: 'network.ports',
  title: 'whether the source reaches the data ports of the destination',
  side: 'between',
  needs: ['source', 'destination'],
  applies: withDataAddress,
  run: async (context) => {
    const address = await context.dataAddress();
    const { addresses } = await context.source.resolve(address.host);
    if (addresses.length === 0 || addresses.some(isLoopback)) {
      return [
        finding.unknown({
          summary: `No port was tried, because ${address.host} does not lead to ${context.destination.name}.`,
          remedy: 'Mend the name first.',
        }),
      ];
    }
    const range = await portRange(address, context);
    const probes = await context.probePorts(address.host, range);
    return judgeProbes(probes, range, context);
  },
};

async function portRange({ port }: DataAddress, context: PreflightContext): Promise<PortRange> {
  if (port !== undefined) return { min: port, max: port };
  try {
    const { portMin, portMax } = await context.destination.qemuSettings();
    return { min: portMin, max: Math.max(portMin, portMax) };
  } catch {
    // The check of the settings file reports that it cannot be read; most hosts leave the range as it is.
    return defaultPortRange;
  }
}

const outcomeWords = {
  rejected: 'the connection is refused although something listens there',
  filtered: 'nothing answers: packets are dropped on the way',
  'no-route': 'a firewall turns the connection away, or there is no way to it',
} as const;

function judgeProbes(probes: readonly PortProbe[], range: PortRange, context: PreflightContext): Finding[] {
  const { source, destination } = context;
  const ports = range.min === range.max ? `${range.min}` : `${range.min}-${range.max}`;
  const evidence = probes.map(({ port, outcome, detail }) => `${port}: ${outcome} (${detail})`).join('; ');
  const closed = probes.find(
    (probe): probe is PortProbe & { outcome: keyof typeof outcomeWords } => probe.outcome in outcomeWords,
  );
  if (closed !== undefined) {
    return [
      finding.error({
        summary: `${source.name} does not reach port ${closed.port} of ${destination.name}: ${outcomeWords[closed.outcome]}.`,
        evidence,
        remedy: `Open TCP ports ${ports} on ${destination.name} for ${source.name}, as with firewall-cmd --add-port=${ports}/tcp.`,
      }),
    ];
  }
  const tried = probes.filter(({ outcome }) => outcome === 'open').map(({ port }) => port);
  if (tried.length === 0) {
    return [
      finding.unknown({
        summary: `No data port of ${destination.name} could be tried.`,
        evidence,
        remedy: `Make sure that ${source.name} reaches TCP ports ${ports} of ${destination.name}.`,
      }),
    ];
  }
  return [
    finding.ok(
      `${source.name} reaches the data ports of ${destination.name}: ${tried.join(' and ')} of ${ports} tried.`,
      evidence,
    ),
  ];
}

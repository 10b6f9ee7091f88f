import { quoteWord } from '../../../common/shell-quote.ts';
import type { Finding } from '../../finding.ts';
import type { Check } from '../check.ts';
import type { HostFacts } from '../context.ts';
import type { GuestFacts } from '../facts/guest.ts';
import { findingsOf } from '../finding-of.ts';
import { formatBytes } from '../format-bytes.ts';

const finding = findingsOf('destination.placement', 'destination');

/** Whether the destination has the huge pages, NUMA nodes and CPUs to which the guest's definition ties it. */
export const destinationPlacementCheck: Check = {
  id: 'destination.placement',
  title: 'huge pages, NUMA nodes and CPUs on the destination',
  side: 'destination',
  needs: ['guest', 'destination'],
  run: async (context) => {
    const { destination } = context;
    const facts = await context.guest();
    const found = [
      ...(await judgeHugePages(facts, destination)),
      ...(await judgePins(facts, destination)),
      ...(await judgeNodes(facts, destination)),
    ];
    return found.length > 0
      ? found
      : [finding.ok(`${facts.name} is tied to no huge pages, NUMA nodes or CPUs.`)];
  },
};

async function judgeHugePages(guest: GuestFacts, destination: HostFacts): Promise<Finding[]> {
  const { hugePages } = guest.placement;
  if (hugePages === undefined) return [];
  const { bytes } = hugePages;
  const free = await destination.freeHugePages(bytes === undefined ? 'default' : String(bytes));
  const wanted = `${guest.name} takes huge pages of ${bytes === undefined ? 'the default size' : formatBytes(bytes)} for its ${formatBytes(guest.memoryBytes)}`;
  if (free === undefined) {
    return [
      finding.error({
        summary: `${wanted}, and ${destination.name} has none of that size.`,
        remedy: `Reserve them on ${destination.name} (hugepages= on its kernel command line, or vm.nr_hugepages), or choose another destination.`,
      }),
    ];
  }
  const freeBytes = free.count * free.bytes;
  if (freeBytes < guest.memoryBytes) {
    return [
      finding.error({
        summary: `${wanted}; ${destination.name} has only ${free.count} of ${formatBytes(free.bytes)} free, ${formatBytes(freeBytes)}.`,
        remedy: `Reserve more on ${destination.name}: virsh allocpages --pagesize ${free.bytes / 1024}KiB --pagecount ${Math.ceil(guest.memoryBytes / free.bytes)}`,
      }),
    ];
  }
  return [finding.ok(`${wanted}; ${destination.name} has ${formatBytes(freeBytes)} of them free.`)];
}

async function judgePins({ name, placement }: GuestFacts, destination: HostFacts): Promise<Finding[]> {
  if (placement.pins.length === 0) return [];
  const { cells } = await destination.capabilities();
  const there = new Set(cells.flatMap(({ cpus }) => cpus));
  if (there.size === 0) return [unknownTopology(destination)];
  const found = placement.pins.flatMap(({ what, cpus }): Finding[] => {
    const missing = cpus.filter((cpu) => !there.has(cpu));
    if (missing.length === 0) return [];
    const summary = `${what} of ${name} is tied to host CPU ${cpus.join(', ')}; ${destination.name} has no CPU ${missing.join(', ')}.`;
    const remedy = `Pin it otherwise before the move: virsh vcpupin or emulatorpin, --live.`;
    return [
      missing.length === cpus.length
        ? finding.error({ summary, remedy })
        : finding.warning({ summary, remedy }),
    ];
  });
  return found.length > 0 ? found : [finding.ok(`${destination.name} has the CPUs that ${name} is tied to.`)];
}

async function judgeNodes({ name, placement }: GuestFacts, destination: HostFacts): Promise<Finding[]> {
  const { nodes } = placement;
  if (nodes === undefined) return [];
  const { cells } = await destination.capabilities();
  if (cells.length === 0) return [unknownTopology(destination)];
  const missing = nodes.numbers.filter((number) => !cells.some(({ id }) => id === number));
  if (missing.length === 0) {
    return [finding.ok(`${destination.name} has the NUMA nodes that ${name} is tied to.`)];
  }
  const words = {
    summary: `${name} takes its memory from NUMA node ${nodes.numbers.join(', ')} of the host; ${destination.name} has no node ${missing.join(', ')}.`,
    remedy: `Choose another destination, or change it while the guest runs: virsh numatune ${quoteWord(name)} --nodeset`,
  };
  return [nodes.strict ? finding.error(words) : finding.warning(words)];
}

function unknownTopology({ name }: HostFacts): Finding {
  return finding.unknown({
    summary: `${name} does not tell which CPUs and NUMA nodes it has.`,
    remedy: `Look there: virsh capabilities`,
  });
}

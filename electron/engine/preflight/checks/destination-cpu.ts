import { unlessOffline, type Check } from '../check.ts';
import type { PreflightContext } from '../context.ts';
import type { CpuComparison } from '../facts/daemon.ts';
import type { GuestFacts } from '../facts/guest.ts';
import { findingsOf } from '../finding-of.ts';

/** Whether the destination's QEMU can give the guest the CPU that it has now, not the one of its definition. */
export const destinationCpuCheck: Check = {
  id: 'destination.cpu',
  title: "the guest's CPU on the destination",
  side: 'destination',
  needs: ['guest', 'destination'],
  applies: unlessOffline,
  run: async (context) => {
    const finding = findingsOf('destination.cpu', 'destination');
    const guest = await context.guest();
    const cpuXml = await cpuToCompare(guest, context);
    if (cpuXml === undefined) return [finding.ok(`${guest.name} asks for no particular CPU.`)];
    const comparison = await compare(guest, cpuXml, context);
    const { name } = context.destination;
    if (comparison.result === 'incompatible') {
      return [
        finding.error({
          summary: `${name} cannot give ${guest.name} the CPU it has now. ${missingFeatures(comparison.reason)}`,
          evidence: comparison.reason,
          remedy: `Choose a destination with these features, or start ${guest.name} anew with a CPU model that both hosts have.`,
        }),
      ];
    }
    if (isTiedToHostCpu(guest) && comparison.result === 'superset') {
      return [
        finding.warning({
          summary: `${guest.name} uses the host's CPU as it is (${guest.cpuMode ?? ''}), and that of ${name} is not the same.`,
          remedy:
            'Move such a guest only between hosts with the same CPU, microcode and kernel, or give it a CPU model.',
        }),
      ];
    }
    return [finding.ok(`${name} can give ${guest.name} its CPU.`)];
  },
};

function isTiedToHostCpu(guest: GuestFacts): boolean {
  return guest.cpuMode === 'host-passthrough' || guest.cpuMode === 'maximum';
}

async function cpuToCompare(guest: GuestFacts, context: PreflightContext): Promise<string | undefined> {
  return isTiedToHostCpu(guest) ? (await context.source.capabilities()).hostCpuXml : guest.cpuXml;
}

function compare(guest: GuestFacts, cpuXml: string, context: PreflightContext): Promise<CpuComparison> {
  const { emulator, arch, machine, virtType } = guest;
  return context.destination.compareCpu({ emulator, arch, machine, virtType }, cpuXml);
}

/** libvirt ends its sentence with the list, after a colon. */
function missingFeatures(reason: string): string {
  const features = /features?: ([a-z0-9_.,\- ]+)$/i.exec(reason)?.[1];
  return features === undefined ? 'Its features differ.' : `Missing there: ${features.trim()}.`;
}

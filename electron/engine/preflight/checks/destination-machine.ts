import { isLibvirtError } from '../../../libvirt/index.ts';
import type { Check } from '../check.ts';
import { findingsOf } from '../finding-of.ts';

/** The domain capabilities for exactly this emulator, machine and accelerator: the daemon refuses what it lacks. */
export const destinationMachineCheck: Check = {
  id: 'destination.machine',
  title: 'emulator and machine type on the destination',
  side: 'destination',
  needs: ['guest', 'destination'],
  run: async (context) => {
    const finding = findingsOf('destination.machine', 'destination');
    const { emulator, arch, machine, virtType } = await context.guest();
    const { name } = context.destination;
    const what = `machine type ${machine ?? 'by default'} with ${emulator ?? 'the default emulator'} (${virtType})`;
    try {
      await context.destination.domainCapabilities({ emulator, arch, machine, virtType });
    } catch (error) {
      if (!isLibvirtError(error)) throw error;
      return [
        finding.error({
          summary: `${name} does not offer ${what}.`,
          evidence: error.message,
          remedy: `Install a QEMU on ${name} that has it at that path, or choose another destination.`,
        }),
      ];
    }
    return [finding.ok(`${name} offers ${what}.`)];
  },
};

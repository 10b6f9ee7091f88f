import { attribute, elements, parseXml, text } from '../../../common/xml.ts';
import type { Check } from '../check.ts';
import { findingsOf } from '../finding-of.ts';

/** Whether the guest's security chip can be on the destination; what an emulated one keeps travels with the guest. */
export const destinationTpmCheck: Check = {
  id: 'destination.tpm',
  title: "the guest's TPM on the destination",
  side: 'destination',
  needs: ['guest', 'destination'],
  run: async (context) => {
    const finding = findingsOf('destination.tpm', 'destination');
    const guest = await context.guest();
    const { name } = context.destination;
    switch (guest.tpm) {
      case undefined:
        return [finding.ok(`${guest.name} has no TPM.`)];
      case 'passthrough':
        return [
          finding.warning({
            summary: `${guest.name} uses the TPM of the source itself; on ${name} it gets another one, without its keys.`,
            remedy: `Make sure that nothing in ${guest.name} is sealed to that TPM.`,
          }),
        ];
      case 'emulator':
      case 'other': {
        const { emulator, arch, machine, virtType } = guest;
        const offered = offeredBackends(
          await context.destination.domainCapabilities({ emulator, arch, machine, virtType }),
        );
        if (guest.tpm === 'emulator' && offered.length > 0 && !offered.includes('emulator')) {
          return [
            finding.error({
              summary: `${name} cannot emulate the TPM of ${guest.name}: libvirt finds no swtpm there.`,
              evidence: `it offers ${offered.join(', ')}`,
              remedy: `Install swtpm and swtpm-tools on ${name}, and restart its libvirt.`,
            }),
          ];
        }
        if (offered.length > 0)
          return [finding.ok(`${name} can give ${guest.name} its TPM.`, offered.join(', '))];
        return [
          finding.error({
            summary: `${name} offers no TPM at all, and ${guest.name} has one.`,
            remedy: `Install swtpm and swtpm-tools on ${name}, and restart its libvirt.`,
          }),
        ];
      }
    }
  },
};

/** Of `<tpm>` in the domain capabilities; libvirt lists the emulator only where it finds swtpm (`virTPMHasSwtpm`). */
function offeredBackends(document: string): string[] {
  const [tpm] = elements(parseXml(document, 'domainCapabilities'), 'devices/tpm');
  if (tpm === undefined || attribute(tpm, '', 'supported') !== 'yes') return [];
  const models = elements(tpm, 'enum').find((kind) => attribute(kind, '', 'name') === 'backendModel');
  return models === undefined ? [] : elements(models, 'value').flatMap((value) => text(value) ?? []);
}

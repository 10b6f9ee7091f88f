import type { Finding } from '../../finding.ts';
import type { Check } from '../check.ts';
import type { PreflightContext } from '../context.ts';
import type { StartFile } from '../facts/guest-firmware.ts';
import { findingsOf } from '../finding-of.ts';

const finding = findingsOf('destination.firmware', 'destination');

/**
 * Whether QEMU on the destination finds the files that it starts the guest with. What the firmware keeps (NVRAM) travels
 * with the guest; the firmware itself does not.
 */
export const destinationFirmwareCheck: Check = {
  id: 'destination.firmware',
  title: 'firmware and kernel files on the destination',
  side: 'destination',
  needs: ['guest', 'source', 'destination'],
  run: async (context) => {
    const { startFiles, name } = await context.guest();
    if (startFiles.length === 0) return [finding.ok(`${name} starts with what QEMU itself brings along.`)];
    return Promise.all(startFiles.map((file) => judge(file, context)));
  },
};

async function judge({ what, path, sizeMatters }: StartFile, context: PreflightContext): Promise<Finding> {
  const { source, destination } = context;
  const there = await destination.path(path);
  if (there === undefined) {
    return finding.error({
      summary: `${destination.name} has no ${path}, ${what} of the guest.`,
      remedy: `Install the same file on ${destination.name} as on ${source.name}.`,
    });
  }
  const here = sizeMatters ? await source.path(path) : undefined;
  if (here !== undefined && here.sizeBytes !== there.sizeBytes) {
    return finding.error({
      summary: `${path}, ${what} of the guest, has ${here.sizeBytes} bytes on ${source.name} and ${there.sizeBytes} on ${destination.name}.`,
      remedy: `Install the same file on both hosts, then restart the guest if it was started with another.`,
    });
  }
  return finding.ok(`${destination.name} has ${path}, ${what} of the guest.`);
}

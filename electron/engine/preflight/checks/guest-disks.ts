import type { Finding } from '../../finding.ts';
import type { Check } from '../check.ts';
import type { PreflightContext } from '../context.ts';
import type { DiskFacts } from '../facts/guest-xml.ts';
import { findingsOf } from '../finding-of.ts';
import { judgeCopy } from './disk-copy.ts';
import { judgeInPlace, judgeMedium } from './disk-in-place.ts';

const finding = findingsOf('guest.disks', 'guest');

/** Whether the guest finds each of its disks on the destination: there already, or by being copied. */
export const guestDisksCheck: Check = {
  id: 'guest.disks',
  title: "the guest's disks on the destination",
  side: 'guest',
  needs: ['guest', 'destination'],
  run: async (context) => {
    const { disks, name } = await context.guest();
    const filled = disks.filter((disk) => disk.source !== undefined);
    if (filled.length === 0)
      return [finding.ok(`${name} has no disk that would have to be on the destination.`)];
    return Promise.all(filled.map((disk) => judgeDisk(disk, context)));
  },
};

async function judgeDisk(disk: DiskFacts, context: PreflightContext): Promise<Finding> {
  const { source } = disk;
  if (source === undefined) return finding.ok(`Disk ${disk.target} is empty.`);
  if (source.kind === 'network') {
    return finding.ok(`Disk ${disk.target} is on the network (${source.protocol}: ${source.name}).`);
  }
  if (source.kind === 'other') {
    return finding.unknown({
      summary: `Disk ${disk.target} is of the kind "${source.text}", which Viaduct does not know.`,
      remedy: 'Make sure that the destination reaches the same disk.',
    });
  }
  if (disk.readOnly) return judgeMedium(disk, source, context);
  return context.options.disks === 'copy' && !disk.shareable
    ? judgeCopy(disk, source, context)
    : judgeInPlace(disk, source, context);
}

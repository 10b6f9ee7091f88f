import type { MigrationPlan, PlannedChange } from './plan.ts';
import { volumeInWords, type DiskCopy } from './storage/disk-copy.ts';

/** What copied disks leave behind on both hosts. */
export function diskChanges(
  { disks }: Pick<MigrationPlan['guest'], 'disks'>,
  copies: readonly DiskCopy[],
): PlannedChange[] {
  if (disks.length === 0) return [];
  return [
    {
      side: 'source',
      text: `The files of ${disks.join(', ')} stay here, unused; Viaduct does not delete them.`,
    },
    ...disks.map((target): PlannedChange => {
      const copy = copies.find((candidate) => candidate.target === target);
      return { side: 'destination', text: copyInWords(target, copy) };
    }),
  ];
}

function copyInWords(target: string, copy: DiskCopy | undefined): string {
  const place = copy?.place;
  if (place === undefined) {
    return `${target} is written here, to the path it has on the source; what is there is overwritten.`;
  }
  if (place.kind === 'existing') return `${target} is written over ${place.what}, which is here already.`;
  const onto = place.backing === undefined ? '' : ` on top of ${place.backing.path}`;
  const pool = place.transientPool
    ? ' A storage pool for its directory is started for that and stopped again.'
    : '';
  return `${volumeInWords(place)} is made for ${target} (${place.format})${onto}.${pool}`;
}
